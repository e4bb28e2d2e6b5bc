"""The request as the `Request` of fetch, or as the event of a handler."""
import json
import urllib.parse

from .call import now_or_later
from .errors import Refusal


class Headers(dict):
    """Names in lower case; repeated ones joined by ", ". Look-ups ignore case."""

    def __init__(self, pairs):
        super().__init__()
        for name, value in pairs:
            key = name.lower()
            dict.__setitem__(self, key, f"{dict.__getitem__(self, key)}, {value}" if dict.__contains__(self, key) else value)

    def __getitem__(self, name):
        return super().__getitem__(name.lower())

    def __contains__(self, name):
        return super().__contains__(name.lower())

    def get(self, name, default=None):
        return super().get(name.lower(), default)


class Request:
    """What `fetch(request, ctx)` gets. In async code `body`, `text`, `json` are awaited and `stream` is iterated with `async for`."""

    def __init__(self, call):
        head, self._call, self._whole = call.head, call, None
        self.path, _, query = head["path"].partition("?")
        public = urllib.parse.urlsplit(head["url"])
        self.method, self.url = head["method"], f"{public.scheme}://{public.netloc}{head['path']}"
        self.header_list, self.headers = [tuple(pair) for pair in head["headers"]], Headers(head["headers"])
        self.query_string, self.query = query, fields_of(query)

    def body(self):
        return now_or_later(self._read)

    def text(self):
        return now_or_later(lambda: self._read().decode())

    def json(self):
        return now_or_later(lambda: json.loads(self._read()))

    def stream(self):
        first = now_or_later(self._call.read)
        return self._pieces(first) if isinstance(first, bytes) else self._pieces_async(first)

    def _pieces(self, piece):
        while piece:
            yield piece
            piece = self._call.read()

    async def _pieces_async(self, later):
        while piece := await later:
            yield piece
            later = now_or_later(self._call.read)

    def _read(self):
        if self._whole is None:
            self._whole = self._call.read_all()
        return self._whole


def fields_of(text):
    fields = {}
    for name, value in urllib.parse.parse_qsl(text, keep_blank_values=True):
        fields.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in fields.items()}


def _no_constant(name):
    raise ValueError(f"{name} is not JSON")


_decode = json.JSONDecoder(parse_constant=_no_constant).decode


# The most bytes of a body that becomes an event; more is taken as a stream.
EVENT_MOST = 6 * 2**20


def whole_of(call):
    """The whole body of a call. Refuses what is over the limit of an event."""
    parts, size = [], 0
    for part in iter(call.read, b""):
        size += len(part)
        if size > EVENT_MOST:
            raise Refusal("payload_too_large", "an event may have 6 MiB: `fetch` takes any body as a stream")
        parts.append(part)
    return b"".join(parts)


def event_of(call):
    """The event of `handler` and `main`, and whether it was made of fields, whose values are all strings."""
    return event_from(call.head, whole_of(call))


def event_from(head, data):
    """The event that a body is, and whether it was made of fields."""
    if not data:
        return fields_of(head["path"].partition("?")[2]), True
    declared = next((value for name, value in head["headers"] if name == "content-type"), "application/json")
    kind = declared.partition(";")[0].strip().lower()
    # `curl -d '{…}'` declares JSON as a form (a real one percent-encodes braces), JavaScript's fetch declares strings as plain text.
    looks_like_json = data.lstrip()[:1] in (b"{", b"[", b'"')
    is_form = kind == "application/x-www-form-urlencoded"
    is_json = kind.endswith(("/json", "+json")) or looks_like_json and kind == "text/plain"
    try:
        if is_json or is_form and looks_like_json:
            return _decode(data.decode("utf-8-sig")), False
        if not is_form:
            return data.decode(), False
    except RecursionError:
        raise Refusal("bad_request", "the body is JSON that nests too deeply") from None
    except ValueError as error:
        if is_json:
            raise Refusal("bad_request", f"the body is not JSON: {error}") from None
        if not is_form:
            return data, False
    return fields_of(data.decode("utf-8", "replace")), True
