"""What users' code prints and logs, as `L` frames."""
import io
import json
import logging
import os
import sys
import time

from . import frames

TEXT_MOST = 32_768
printer = 0  # the call that plain prints belong to


def log(call, stream, level, text, fields=None):
    """Sends a log line, whatever its fields are."""
    entry = {"stream": stream, "level": level, "text": text if isinstance(text, str) else repr(text)}
    if fields is not None:
        try:
            given = fields if isinstance(fields, dict) else {"value": fields}
            entry["fields"] = json.loads(json.dumps(given, default=_plain, allow_nan=False))
        except (ValueError, TypeError, RecursionError):
            entry["fields"] = {"inspected": frames.cut(repr(fields), 8192)}
    entry["time"] = round(time.time() * 1000)
    frames.send_cut(b"L", call, entry)


def _plain(value):
    if isinstance(value, BaseException):
        return {"name": type(value).__name__, "message": str(value)}
    return repr(value)


class Prints(io.TextIOBase):
    """`sys.stdout` or `sys.stderr`: complete lines become log lines; the descriptor stays for native code and child processes."""

    encoding, errors, newlines, line_buffering = "utf-8", "replace", None, True

    def __init__(self, name, raw, level):
        self.name, self._raw, self._level, self._partial = name, raw, level, ""

    @property
    def buffer(self):
        return self._raw.buffer

    def fileno(self):
        return self._raw.fileno()

    def writable(self):
        return True

    def write(self, text):
        if frames.is_child:
            os.write(self.fileno(), text.encode("utf-8", "replace"))
            return len(text)
        *lines, self._partial = (self._partial + text).split("\n")
        for line in lines:
            log(printer, self.name, self._level, line)
        if len(self._partial) > TEXT_MOST:
            self.end_line()
        return len(text)

    def end_line(self):
        partial, self._partial = self._partial, ""
        if partial:
            log(printer, self.name, self._level, partial)
        try:
            self._raw.flush()
        except (OSError, ValueError):
            pass  # user code closed it: nothing more can come from there

    def close(self):
        """Others still print."""


class _LogRecords(logging.Handler):
    def emit(self, record):
        level = "warn" if record.levelno == logging.WARNING else record.levelname.lower()
        log(printer, "log", level if level in ("debug", "info", "warn") else "error", self.format(record))


streams = [Prints("stdout", sys.stdout, "info"), Prints("stderr", sys.stderr, "error")]
sys.stdout, sys.stderr = streams
logging.basicConfig(handlers=[_LogRecords()], level=logging.INFO, format="%(message)s")


def end_lines():
    for stream in streams:
        stream.end_line()
