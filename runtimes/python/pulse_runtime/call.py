"""One call as both sides see it: the request's body and the response's credit, and the `ctx` that code gets."""
import asyncio
import concurrent.futures
import json
import os
import struct
import threading
import time

from . import frames
from .errors import Cancelled, InvokeError, PermanentError, RetryAfter
from .kv import Kv
from .prints import log

_loop = None
_loop_thread = None
_side = concurrent.futures.ThreadPoolExecutor(64, "pulse-side")


def loop():
    """The one event loop, in a thread of its own; started when it is first needed."""
    global _loop, _loop_thread
    if _loop is None:
        _loop = asyncio.new_event_loop()
        _loop_thread = threading.Thread(target=_loop.run_forever, name="pulse-loop", daemon=True)
        _loop_thread.start()
    return _loop


def run_on_loop(awaitable, leave):
    """Waits for async code; `leave` ends the process when the code does."""

    async def guarded():
        try:
            return await awaitable
        except SystemExit as error:
            leave(error)
        finally:
            if frames.is_child:
                os._exit(0)

    return asyncio.run_coroutine_threadsafe(guarded(), loop()).result()


def now_or_later(work):
    """Blocking work: its value, or in async code something to await."""
    if threading.current_thread() is _loop_thread:
        return _loop.run_in_executor(_side, work)
    return work()


class CancelEvent(threading.Event):
    """`ctx.cancelled`; `reason` says why once it is set."""

    reason = None


class Call:
    def __init__(self, number, head):
        self.number, self.head, self.has_all = number, head, not head.get("body")
        self.chunks, self.credit, self.owed, self.is_over, self.is_done = [], 262_144, 0, False, False
        self.changed, self.cancelled, self.tasks, self.answers = threading.Condition(), CancelEvent(), [], {}

    def receive(self, data):
        with self.changed:
            if self.is_over:
                self._consumed(len(data))
            else:
                self.chunks.append(data)
                self.changed.notify_all()

    def _consumed(self, size):
        self.owed += size
        if not self.has_all and not self.is_done and self.owed >= frames.FRAME_MOST:
            frames.send(b"W", self.number, struct.pack(">I", self.owed))
            self.owed = 0

    def read(self):
        """The next piece of the request's body; empty at its end."""
        with self.changed:
            self.changed.wait_for(lambda: self.chunks or self.has_all or self.cancelled.reason or self.is_over)
            if self.chunks:
                chunk = self.chunks.pop(0)
                self._consumed(len(chunk))
                return chunk
            if not self.has_all:
                raise Cancelled(self.cancelled.reason or "the response has ended")
            return b""

    def read_all(self):
        return b"".join(iter(self.read, b""))

    def write(self, data, now=True):
        view = memoryview(data).cast("B") if len(data) else b""
        while len(view):
            with self.changed:
                if not self.credit:
                    frames.flush()
                self.changed.wait_for(lambda: self.credit or self.cancelled.reason)
                if not self.credit:
                    raise Cancelled(self.cancelled.reason)
                size = min(len(view), self.credit, frames.FRAME_MOST)
                self.credit -= size
            frames.send(b"B", self.number, bytes(view[:size]), now)
            view = view[size:]

    async def write_async(self, data):
        if len(data) <= self.credit:
            self.write(data)
        else:
            await _loop.run_in_executor(_side, self.write, bytes(data))

    def end(self):
        """The response has ended: what nobody read is thrown away."""
        with self.changed:
            self.is_over = True
            for chunk in self.chunks:
                self._consumed(len(chunk))
            self.chunks.clear()
            self.changed.notify_all()


class Log:
    def __init__(self, call):
        self._call = call

    def debug(self, message, fields=None, **more):
        self._say("debug", message, fields, more)

    def info(self, message, fields=None, **more):
        self._say("info", message, fields, more)

    def warn(self, message, fields=None, **more):
        self._say("warn", message, fields, more)

    warning = warn

    def error(self, message, fields=None, **more):
        self._say("error", message, fields, more)

    def _say(self, level, message, fields, more):
        given = {**(fields if isinstance(fields, dict) else {"value": fields} if fields is not None else {}), **more}
        log(self._call, "log", level, message, given or None)


class Context:
    PermanentError, RetryAfter = PermanentError, RetryAfter
    _asks = 0

    def __init__(self, call, version, run_task):
        head, self._run_task = call.head, run_task
        self._call, self.log, self.cancelled = call, Log(call.number), call.cancelled
        self.execution_id, self.trigger, self.attempt = head.get("executionId"), head.get("trigger"), head.get("attempt")
        self.idempotency_key, self.deadline = head.get("idempotencyKey"), head.get("deadline")
        self.url, self.traceparent, self.depth = head.get("url"), head.get("traceparent"), head.get("depth", 0)
        self.function = {**version["function"], "alias": head.get("alias")}
        self.env, self.secrets = version["env"], version["secrets"]
        self.kv = Kv(self._ask)

    def remaining(self):
        """Seconds until the deadline."""
        return max(0.0, self.deadline / 1000 - time.time())

    def wait_until(self, work):
        """Holds the call, not the response, until an awaitable, a future or a function of no arguments is done."""
        task = threading.Thread(target=self._run_task, args=(self._call, work), name="pulse-task", daemon=True)
        self._call.tasks.append(task)
        task.start()

    def invoke(self, name, input=None):
        """Calls another function: its value. Async code awaits it. Raises InvokeError."""
        return self._ask("ctx.invoke", name, {"input": input})

    def emit(self, name, data=None):
        """Emits an event of the project: a dict with its id. Async code awaits it. Raises InvokeError."""
        return self._ask("ctx.emit", name, {"input": data, "emits": True})

    def _ask(self, what, name, more, then=None):
        call = self._call
        if not isinstance(name, str):
            raise TypeError(f"{what} needs a {'key' if 'kv' in more else 'name'}, got {type(name).__name__}")
        with call.changed:
            Context._asks += 1
            number = Context._asks
            call.answers[number] = None
        # Halves of characters have no UTF-8; escaped they may be sent.
        text = json.dumps({"id": number, "name": name, **more}, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        try:
            text = text.encode()
        except UnicodeEncodeError:
            text = json.dumps({"id": number, "name": name, **more}, allow_nan=False).encode()
        if not frames.send(b"V", call.number, text):
            raise ValueError(f"the input of {what} is over 64 KiB of JSON")
        return now_or_later(lambda: self._answer(number) if then is None else then(self._answer(number)))

    def _answer(self, number):
        call = self._call
        with call.changed:
            call.changed.wait_for(lambda: call.answers[number] is not None)
            answer = call.answers.pop(number)
        if answer["ok"]:
            return answer.get("value")
        raise InvokeError(answer.get("code"), answer.get("message"))
