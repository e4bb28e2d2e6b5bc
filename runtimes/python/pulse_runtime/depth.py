"""Requests that a call makes of its own gateway say how deep they lie, so that what calls itself comes to an end.

It holds for all that uses `http.client`: `urllib`, `requests`, `urllib3`. Other clients may send `Pulse-Depth: ctx.depth + 1` themselves."""
import contextvars
import sys

_around = contextvars.ContextVar("pulse_call", default=None)
_alone = None
_is_patched = False


def enter(call, is_alone):
    """The work of a call begins in this thread."""
    global _alone
    if is_alone:
        _alone = call
    else:
        _around.set(call)
    # Nothing is loaded for those who make no requests.
    if not _is_patched and "http.client" in sys.modules:
        _patch(sys.modules["http.client"])


def _patch(client):
    global _is_patched
    _is_patched = True
    plain = client.HTTPConnection.endheaders

    def endheaders(self, *arguments, **named):
        head = getattr(_around.get() or _alone, "head", None) or {}
        depth = head.get("depth")
        if isinstance(depth, int) and _is_own(self, client, head.get("url")) and not _is_said(self):
            self.putheader("Pulse-Depth", str(depth + 1))
        return plain(self, *arguments, **named)

    client.HTTPConnection.endheaders = endheaders


def _is_own(connection, client, url):
    from urllib.parse import urlsplit

    own = urlsplit(url or "")
    is_secure = isinstance(connection, getattr(client, "HTTPSConnection", ()))
    host, port = (getattr(connection, "_tunnel_host", None) or connection.host), connection.port
    if getattr(connection, "_tunnel_host", None):
        port = connection._tunnel_port
    wanted = own.port or (443 if own.scheme == "https" else 80)
    return own.hostname is not None and (own.scheme == "https") == is_secure and (host.strip("[]").lower(), port) == (own.hostname, wanted)


def _is_said(connection):
    return any(line.lower().startswith(b"pulse-depth:") for line in getattr(connection, "_buffer", ()))
