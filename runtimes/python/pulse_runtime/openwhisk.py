"""Actions as they were written for Apache OpenWhisk (PROTOCOL.md, Handlers of other platforms)."""
import base64
import json
import os
import re

from .webevent import body_of, is_request, told
from .lambdas import find
from .request import event_from, fields_of, whole_of

_binary = re.compile(r"(image/(?!svg)|audio/|video/|font/|application/(octet-stream|pdf|zip|gzip|x-tar|wasm))", re.IGNORECASE)


class ActionError(Exception):
    """An action answered with `error`."""


def set_variables(init):
    """Sets the variables that OpenWhisk sets; the user's own win."""
    name, version = init["function"]["name"], init["function"]["version"]
    for key, value in {"__OW_ACTION_NAME": f"/_/{name}", "__OW_ACTION_VERSION": f"0.0.{version}", "__OW_NAMESPACE": "_"}.items():
        os.environ.setdefault(key, value)


def target_of(module, init, settle):
    """The action that the settings name: it takes a call and its ctx, and gives what is answered."""
    settings = init["openwhisk"]
    action, shape = find(module, settings.get("main") or "main"), settings.get("event") or "payload"

    def serve(call, ctx):
        is_http = shape != "payload" and is_request(call)
        data = whole_of(call)
        params = _web_params(call.head, data, shape == "raw") if is_http else event_from(call.head, data)[0]
        os.environ.update(__OW_ACTIVATION_ID=str(call.head.get("executionId")), __OW_DEADLINE=str(call.head.get("deadline")))
        value = settle(action(params))
        return _response_of(value) if is_http else _result_of(value)

    return "main", serve


def _web_params(head, data, is_raw):
    """The parameters of a web action: query and body merged, the body's first; raw ones get both as they came."""
    path, _, query = head["path"].partition("?")
    headers = {}
    for name, value in head["headers"]:
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    about = {"__ow_method": head["method"].lower(), "__ow_headers": headers, "__ow_path": "" if path == "/" else path}
    is_json = re.search(r"[/+]json\b", told(head, "content-type") or "", re.IGNORECASE)

    def plain():  # OpenWhisk has JSON in base64 too.
        return base64.b64encode(data).decode() if is_json else body_of(data, head)[0]

    if is_raw:
        return {**about, "__ow_query": query, "__ow_body": plain() if data else ""}
    event = event_from(head, data)[0] if data else {}
    if isinstance(event, dict):
        return {**fields_of(query), **event, **about}
    return {**fields_of(query), **about, "__ow_body": plain()}


def _response_of(value):
    """The result of a web action as a response."""
    failed = value.get("error") if isinstance(value, dict) else None
    shown = value if failed is None else failed if isinstance(failed, dict) else {"body": {"error": failed}}
    if not isinstance(shown, dict) or not shown.keys() & {"statusCode", "headers", "body"}:
        if failed is not None:
            return {"statusCode": 400, "body": shown}
        return {"statusCode": 204} if value is None else value
    headers, body = shown.get("headers") or {}, shown.get("body")
    kind = next((str(one) for name, one in headers.items() if name.lower() == "content-type"), None)
    is_empty = body is None or body == ""
    own = "text/html; charset=utf-8" if isinstance(body, str) else "application/json"
    return {
        "statusCode": int(shown.get("statusCode") or (400 if failed is not None else 204 if is_empty else 200)),
        "headers": headers if kind or is_empty else {"content-type": own, **headers},
        "body": "" if is_empty else body,
        "isBase64Encoded": isinstance(body, str) and bool(_binary.match(kind or "")),
    }


def _result_of(value):
    """The result of an action that was not called over HTTP: one with `error` has failed."""
    failed = value.get("error") if isinstance(value, dict) else None
    if failed is not None:
        raise ActionError(failed if isinstance(failed, str) else json.dumps(failed))
    return {} if value is None else value
