"""A WSGI app (PEP 3333) from the standard library: any framework that makes one (Flask, Django, Bottle) is deployed the same way."""

import json
from html import escape
from urllib.parse import parse_qs
from wsgiref.util import request_uri


def app(environ, start_response):
    route = routes.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
    if route is None:
        return answer(start_response, "404 Not Found", "text/plain", "no such page\n")
    return route(environ, start_response)


def front(environ, start_response):
    name = parse_qs(environ.get("QUERY_STRING", "")).get("name", ["world"])[0]
    page = f"<!doctype html><title>WSGI</title><h1>Hello, {escape(name)}!</h1>\n"
    return answer(start_response, "200 OK", "text/html", page)


def about(environ, start_response):
    shown = {"url": request_uri(environ), "server": environ["SERVER_PROTOCOL"], "agent": environ.get("HTTP_USER_AGENT")}
    return answer(start_response, "200 OK", "application/json", json.dumps(shown))


def upper(environ, start_response):
    """Streams the posted bytes back, ASCII letters in upper case, one block at a time."""
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    source = environ["wsgi.input"]
    return iter(lambda: source.read(65_536).upper(), b"")


def answer(start_response, status, content_type, text):
    body = text.encode()
    headers = [("Content-Type", f"{content_type}; charset=utf-8"), ("Content-Length", str(len(body)))]
    start_response(status, headers)
    return [body]


routes = {("GET", "/"): front, ("GET", "/about"): about, ("POST", "/upper"): upper}
