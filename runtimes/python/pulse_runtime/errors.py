"""What is raised: the errors users may raise on purpose, and any error as the payload of `X`."""
import os
import sys
import traceback
import types

code_folder = deps_folder = ""
_ours = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class PermanentError(Exception):
    """Raised by users: no retry."""

    permanent = True


class RetryAfter(Exception):
    """Raised by users: a retry, but no earlier."""

    def __init__(self, seconds, message=None):
        super().__init__(message or f"retry after {seconds} s")
        self.retry_after_ms = max(0, round(seconds * 1000))


class InvokeError(Exception):
    """Raised by `ctx.invoke`; `code` says why."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Cancelled(Exception):
    """Raised where the platform waits for a call that was cancelled."""


class Refusal(Exception):
    """Answered as `bad_request`, `payload_too_large` or `bad_response`."""

    NAMES = {"bad_request": "BadRequest", "payload_too_large": "PayloadTooLarge"}

    def __init__(self, code, message):
        super().__init__(message)
        self.code, self.name = code, self.NAMES.get(code, "BadResponse")


# What users import.
pulse = types.ModuleType("pulse", "Errors that tell the platform what to do.")
pulse.PermanentError, pulse.RetryAfter, pulse.InvokeError = PermanentError, RetryAfter, InvokeError
sys.modules["pulse"] = pulse


def set_folders(code, deps):
    global code_folder, deps_folder
    code_folder, deps_folder = code, deps


def _is_ours(path):
    return path == os.path.join(_ours, "bootstrap.py") or path.startswith(os.path.join(_ours, "pulse_runtime") + os.sep)


def _is_users(path):
    if not code_folder or not path.startswith(code_folder + os.sep) or "site-packages" in path:
        return False
    return not deps_folder or not path.startswith(deps_folder + os.sep)


def _without_ours(told, seen):
    if told is None or id(told) in seen:
        return
    seen.add(id(told))
    kept = [frame for frame in told.stack if not _is_ours(frame.filename) and not frame.filename.startswith("<frozen importlib")]
    told.stack = traceback.StackSummary.from_list(kept)
    _without_ours(told.__cause__, seen)
    _without_ours(told.__context__, seen)


def report(error, code):
    """Whatever was raised, as the payload of `X`."""
    if isinstance(error, Refusal):
        return {"code": error.code, "name": error.name, "message": str(error)}
    told = traceback.TracebackException.from_exception(error, limit=-100)
    _without_ours(told, set())
    places = [(frame.filename, frame.lineno) for frame in told.stack if _is_users(frame.filename)]
    if isinstance(error, SyntaxError) and _is_users(error.filename or ""):
        places.append((error.filename, error.lineno))
    found = {"code": code, "name": type(error).__name__, "message": error.msg if isinstance(error, SyntaxError) else _text(error)}
    found["stack"] = "".join(told.format()).rstrip().replace(code_folder + os.sep, "") if code_folder else ""
    if places:
        found["file"], found["line"] = os.path.relpath(places[-1][0], code_folder), places[-1][1]
    if getattr(error, "permanent", None) is True:
        found["permanent"] = True
    if isinstance(getattr(error, "retry_after_ms", None), int):
        found["retryAfterMs"] = max(0, int(error.retry_after_ms))
    return found


def _text(error):
    try:
        return str(error)
    except Exception:
        return f"a {type(error).__name__} whose text cannot be made"
