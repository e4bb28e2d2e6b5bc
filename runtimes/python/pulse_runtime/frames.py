"""The line to the runner: frames out (PROTOCOL.md, Frames), in order, from any thread."""
import json
import os
import select
import socket
import struct
import threading

FRAME_MOST = 65_536
is_socket = os.environ.pop("PULSE_TRANSPORT", "stdio") == "socket"
is_child = False  # of a fork: it must never speak for its parent

if is_socket:
    _socket = socket.socket(socket.AF_UNIX)
    _socket.connect(os.environ.pop("PULSE_SOCKET"))
    line_in = line_out = _socket.detach()
else:
    line_in, line_out = os.dup(0), os.dup(1)
    _null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(_null, 0)
    os.close(_null)
    os.dup2(2, 1)

_lock = threading.Lock()
_queue = []


def send(kind, call, payload=b"", now=True):
    """Queues a frame, and writes everything queued unless told that more follows; False when it does not fit a frame."""
    size = len(payload)
    if size > FRAME_MOST:
        return False
    with _lock:
        _queue.append(struct.pack(">I1sI", size, kind, call) + payload)
        if now:
            _write()
    return True


def flush():
    with _lock:
        _write()


def _write():
    data = b"".join(_queue)
    _queue.clear()
    view = memoryview(data)
    while view and not is_child:
        try:
            view = view[os.write(line_out, view) :]
        except BlockingIOError:
            select.select([], [line_out], [])
        except OSError:
            os._exit(0)  # nobody is there any more


def send_json(kind, call, value, now=True):
    return send(kind, call, json.dumps(value, separators=(",", ":")).encode(), now)


def send_cut(kind, call, value):
    """Sends a log line or an error, its texts shortened until it fits."""
    most = 32_768
    while most:
        small = {key: cut(one, most // 2 if key == "stack" else most) for key, one in value.items()}
        if most < 4096:
            small.pop("fields", None)
        if send_json(kind, call, small):
            return
        most //= 2


def cut(one, most):
    return one[: most - 1] + "…" if isinstance(one, str) and len(one) > most else one


def frames():
    """Every frame that comes, until the line ends."""
    rest = b""
    while True:
        try:
            data = os.read(line_in, 262_144)
        except OSError:
            data = b""
        if not data:
            return
        rest = rest + data if rest else data
        at = 0
        while len(rest) - at >= 9:
            size, kind, call = struct.unpack_from(">I1sI", rest, at)
            if size > FRAME_MOST:
                os._exit(70)
            if len(rest) - at < 9 + size:
                break
            yield kind, call, rest[at + 9 : at + 9 + size]
            at += 9 + size
        rest = rest[at:]


def _become_child():
    global is_child, _lock
    is_child, _lock = True, threading.Lock()
    for fd in {line_in, line_out}:
        os.close(fd)


os.register_at_fork(after_in_child=_become_child)
