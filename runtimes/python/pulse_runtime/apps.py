"""Apps of Python's two web conventions: ASGI (no lifespan) and WSGI (PEP 3333)."""
import inspect
import io
import sys
import urllib.parse

from .answers import send_head
from .call import now_or_later
from .errors import Cancelled, Refusal


def is_asgi(app):
    method = app if inspect.isroutine(app) else getattr(type(app), "__call__", app)
    if inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(method):
        return True
    try:
        taken = [one for one in inspect.signature(app).parameters.values() if one.default is one.empty]
    except (TypeError, ValueError):
        return False
    return len(taken) == 3


def _place(head):
    path, _, query = head["path"].partition("?")
    public = urllib.parse.urlsplit(head["url"])
    return path, query, public, public.port or (443 if public.scheme == "https" else 80)


async def run_asgi(app, call):
    head = call.head
    path, query, public, port = _place(head)
    is_read = is_headed = is_done = False
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": head["method"],
        "scheme": public.scheme, "path": urllib.parse.unquote(path), "raw_path": path.encode(), "query_string": query.encode(),
        "root_path": "", "headers": [(name.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in head["headers"]],
        "server": (public.hostname, port), "client": None, "state": {}, "extensions": {},
    }  # fmt: skip

    async def receive():
        nonlocal is_read
        if not is_read:
            try:
                piece = await now_or_later(call.read) if not (call.has_all and not call.chunks) else b""
            except Cancelled:
                return {"type": "http.disconnect"}
            is_read = call.has_all and not call.chunks
            return {"type": "http.request", "body": piece, "more_body": not is_read}
        await now_or_later(lambda: _wait_for_end(call))
        return {"type": "http.disconnect"}

    async def send(message):
        nonlocal is_headed, is_done
        if message["type"] == "http.response.start":
            headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in message.get("headers", [])]
            send_head(call, message["status"], headers)
            is_headed = True
        elif message["type"] == "http.response.body" and not is_done:
            is_done = not message.get("more_body", False)
            await call.write_async(message.get("body", b""))

    await app(scope, receive, send)
    if not is_headed:
        raise Refusal("bad_response", "the ASGI app ended without a response")


def _wait_for_end(call):
    with call.changed:
        call.changed.wait_for(lambda: call.cancelled.reason or call.is_over)


class _Body(io.RawIOBase):
    def __init__(self, call):
        self._call, self._rest = call, b""

    def readable(self):
        return True

    def readinto(self, buffer):
        self._rest = self._rest or self._call.read()
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


def run_wsgi(app, call):
    head = call.head
    path, query, public, port = _place(head)
    environ = {
        "REQUEST_METHOD": head["method"], "SCRIPT_NAME": "", "PATH_INFO": urllib.parse.unquote(path, "latin-1"), "QUERY_STRING": query,
        "SERVER_NAME": public.hostname or "localhost", "SERVER_PORT": str(port), "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "",
        "wsgi.version": (1, 0), "wsgi.url_scheme": public.scheme, "wsgi.input": io.BufferedReader(_Body(call)), "wsgi.errors": sys.stderr,
        "wsgi.input_terminated": True, "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
    }  # fmt: skip
    for name, value in head["headers"]:
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        environ[key] = f"{environ[key]}, {value}" if key in environ else value
    waiting = []
    is_headed = False

    def start_response(status, headers, exc_info=None):
        if exc_info and is_headed:
            raise exc_info[1]
        if waiting and not exc_info:
            raise AssertionError("start_response was called twice")
        waiting[:] = [(int(status.split(" ", 1)[0]), [(name.lower(), value) for name, value in headers])]
        return write

    def write(data):
        nonlocal is_headed
        if not waiting:
            raise Refusal("bad_response", "the WSGI app sent a body before start_response")
        if not is_headed:
            send_head(call, *waiting[0])
            is_headed = True
        call.write(data)

    items = app(environ, start_response)
    try:
        for item in items:
            if item:
                write(item)
        write(b"")
    finally:
        if hasattr(items, "close"):
            items.close()
