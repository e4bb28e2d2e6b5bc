"""What code returned, as a response (PROTOCOL.md, Return rules)."""
import base64
import dataclasses
import datetime
import inspect
import json
import math
import re

from . import frames
from .errors import Refusal

TEXT, BINARY, JSON = "text/plain; charset=utf-8", "application/octet-stream", "application/json"
LAMBDA_KEYS = {"statusCode", "headers", "body", "isBase64Encoded", "cookies"}
BYTES = (bytes, bytearray, memoryview)
_name = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_bad_value = re.compile(r"[\r\n\0]")


def send_head(call, status, headers):
    for name, value in headers:
        if not _name.fullmatch(name):
            raise Refusal("bad_response", f"{json.dumps(name)} is no name of a header")
        if _bad_value.search(value):
            raise Refusal("bad_response", f"the header {name} has a line end in its value")
    if not isinstance(status, int) or not 100 <= status <= 599:
        raise Refusal("bad_response", f"the status must be 100 to 599, got {status}")
    if not frames.send_json(b"H", call.number, {"status": status, "headers": headers}, now=False):
        raise Refusal("bad_response", "the headers are over 64 KiB")


def header_list(headers):
    pairs = headers.items() if hasattr(headers, "items") else headers or []
    return [(str(name).lower(), str(one)) for name, value in pairs for one in (value if isinstance(value, (list, tuple)) else [value])]


def _typed(headers, kind):
    return headers if not kind or any(name == "content-type" for name, _ in headers) else [("content-type", kind), *headers]


def respond(call, value, on_loop, status=None, headers=()):
    """Sends a returned value; `on_loop` waits for async code."""
    if value is None:
        return whole(call, status or 204, list(headers), "", b"")
    if isinstance(value, str):
        return whole(call, status or 200, headers, TEXT, value.encode("utf-8", "replace"))
    if isinstance(value, BYTES):
        return whole(call, status or 200, headers, BINARY, bytes(value))
    if isinstance(value, tuple) and status is None and len(value) in (2, 3) and type(value[1]) is int and 100 <= value[1] <= 599:
        return respond(call, value[0], on_loop, value[1], header_list(value[2] if len(value) == 3 else ()))
    if hasattr(value, "__aiter__"):
        return on_loop(_stream_async(call, value, status or 200, headers))
    if inspect.isgenerator(value) or hasattr(value, "__next__"):
        return _stream(call, value, status or 200, headers)
    if isinstance(value, dict) and type(value.get("statusCode")) is int and value.keys() <= LAMBDA_KEYS and status is None:
        return _lambda(call, **value)
    return whole(call, status or 200, headers, JSON, to_json(value))


def whole(call, status, headers, kind, data):
    send_head(call, status, _typed(list(headers), kind))
    call.write(data, now=False)


def _lambda(call, statusCode, headers=None, body=None, isBase64Encoded=False, cookies=None):
    if not 200 <= statusCode <= 599:
        raise Refusal("bad_response", f"statusCode must be 200 to 599, got {statusCode}")
    given = [*header_list(headers), *(("set-cookie", str(one)) for one in cookies or [])]
    if isBase64Encoded:
        try:
            return whole(call, statusCode, given, BINARY, base64.b64decode(body or ""))
        except ValueError as error:
            raise Refusal("bad_response", f"the body is not base64: {error}") from None
    data, kind = (body or "", TEXT) if body is None or isinstance(body, str) else (to_json(body), JSON)
    whole(call, statusCode, given, kind if data else "", data.encode() if isinstance(data, str) else data)


def _format(first):
    """How the items of a stream are sent, judged by the first."""
    if isinstance(first, str):
        return TEXT, _bytes_of
    if isinstance(first, BYTES):
        return BINARY, _bytes_of
    if isinstance(first, dict) and ("data" in first or "event" in first):
        return "text/event-stream", _event
    return "application/x-ndjson", lambda item: to_json(item) + b"\n"


def _stream(call, items, status, headers):
    encode = None
    try:
        for item in items:
            if encode is None:
                kind, encode = _format(item)
                send_head(call, status, _typed(list(headers), kind))
            call.write(encode(item))
    finally:
        if hasattr(items, "close"):
            items.close()
    if encode is None:
        send_head(call, status, _typed(list(headers), TEXT))


async def _stream_async(call, items, status, headers):
    encode, source = None, items.__aiter__()
    try:
        async for item in source:
            if encode is None:
                kind, encode = _format(item)
                send_head(call, status, _typed(list(headers), kind))
            await call.write_async(encode(item))
    finally:
        if hasattr(source, "aclose"):
            await source.aclose()
    if encode is None:
        send_head(call, status, _typed(list(headers), TEXT))


def _bytes_of(item):
    return item.encode("utf-8", "replace") if isinstance(item, str) else bytes(item) if isinstance(item, BYTES) else to_json(item)


def _event(item):
    item = item if isinstance(item, dict) else {"data": item}
    data = item.get("data", "")
    data = data if isinstance(data, str) else to_json(data).decode()
    heads = [f"{key}: {_one_line(item[key])}\n" for key in ("event", "id", "retry") if item.get(key) is not None]
    return ("".join(heads) + "".join(f"data: {line}\n" for line in re.split(r"\r\n|\r|\n", data)) + "\n").encode("utf-8", "replace")


def _one_line(value):
    return re.sub(r"[\r\n]+", " ", str(value))


def _plain(value):
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    raise TypeError(f"a value of type {type(value).__name__}")


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain).encode


def to_json(value):
    try:
        return _encode(value).encode("utf-8", "replace")
    except RecursionError:
        raise Refusal("bad_response", "the returned value nests too deeply for JSON, or has a cycle") from None
    except (TypeError, ValueError) as error:
        what, path = _fault(value, []) or (str(error), "")
        raise Refusal("bad_response", f"the returned value has {what} at ${path}, which JSON cannot carry") from None


def _fault(value, above):
    """What in a value JSON cannot carry, and where."""
    if value is None or isinstance(value, (str, int)):
        return None
    if isinstance(value, float):
        return None if math.isfinite(value) else (repr(value), "")
    if any(value is one for one in above):
        return "a cycle", ""
    if not isinstance(value, (dict, list, tuple)):
        try:
            return _fault(_plain(value), [*above, value])
        except TypeError as error:
            return str(error), ""
    for key, one in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(value, dict) and not isinstance(key, (str, int, float, type(None))):
            return f"a key of type {type(key).__name__}", ""
        found = _fault(one, [*above, value])
        if found:
            return found[0], (f".{key}" if isinstance(value, dict) else f"[{key}]") + found[1]
    return None
