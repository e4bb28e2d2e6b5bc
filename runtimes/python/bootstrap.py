"""Loads a user's code and answers calls to it: the Python side of ../PROTOCOL.md. Standard library only."""
import importlib
import importlib.util
import inspect
import json
import os
import queue
import struct
import sys
import threading
import time
import traceback

from pulse_runtime import depth, egress, errors, frames, prints
from pulse_runtime.answers import respond
from pulse_runtime.apps import is_asgi, run_asgi, run_wsgi
from pulse_runtime.arguments import Parameters
from pulse_runtime.call import Call, Context, run_on_loop
from pulse_runtime.request import Request, event_of

WAIT_UNTIL_S = 30
calls, work = {}, queue.SimpleQueue()
version, targets = {}, {}
is_alone = True


def leave(error):
    """Ends the process as `sys.exit` would, after what was printed has left."""
    code = error.code
    if isinstance(code, str):
        print(code, file=sys.stderr)
    prints.end_lines()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


def on_loop(awaitable):
    return run_on_loop(awaitable, leave)


def settle(value):
    return on_loop(value) if inspect.isawaitable(value) else value


def serve(call):
    number = call.number
    try:
        is_scheduled = (call.head.get("trigger") or {}).get("type") == "schedule" and "scheduled" in targets
        target = targets["scheduled"] if is_scheduled else next(iter(targets.values()))
        depth.enter(call, is_alone)
        target(call, Context(call, version, run_task))
        if frames.is_child:
            end_child(0)
        frames.send(b"E", number, now=bool(call.tasks))
    except SystemExit as error:
        leave(error)
    except BaseException as error:
        if frames.is_child:
            traceback.print_exc(file=sys.__stderr__)
            end_child(1)
        frames.send_cut(b"X", number, errors.report(error, "function_error"))
    call.end()
    mark_output(call)
    if call.tasks:
        finish_tasks(call)
        mark_output(call)
    with call.changed:
        call.is_done = True
    calls.pop(number, None)
    if is_alone:
        prints.printer = 0
    frames.send(b"D", number, b"{}")


def mark_output(call):
    """Everything that the call has printed so far stands before this line."""
    prints.end_lines()
    sentinel = f"\0pulse:{call.head.get('nonce')}\n".encode()
    for fd in (1, 2) if frames.is_socket else (2,):
        try:
            os.write(fd, sentinel)
        except OSError:
            pass  # user code closed it: nothing more can come from there


def end_child(code):
    """The child of a fork that came back into our code has nothing to do here."""
    for stream in (sys.__stdout__, sys.__stderr__):
        stream.flush()
    os._exit(code)


def finish_tasks(call):
    until = time.monotonic() + WAIT_UNTIL_S
    for task in call.tasks:  # tasks may add tasks
        task.join(max(0, until - time.monotonic()))


def run_task(call, task):
    try:
        if inspect.isawaitable(task):
            on_loop(task)
        elif hasattr(task, "result"):
            task.result()
        else:
            settle(task())
    except BaseException as error:
        prints.log(call.number, "log", "error", f"wait_until: {type(error).__name__}: {error}", errors.report(error, "function_error"))


def taking(target):
    """Calls a target with as many of the arguments as it takes."""
    try:
        kinds = [one.kind for one in inspect.signature(target).parameters.values()]
    except (TypeError, ValueError):
        return target
    if inspect.Parameter.VAR_POSITIONAL in kinds:
        return target
    most = sum(kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD) for kind in kinds)
    return target if most >= 2 else lambda *arguments: target(*arguments[:most])


def run_main(main, parameters, call, ctx):
    event, is_fields = event_of(call)
    positional, named = parameters.bind(event, is_fields, ctx)
    return main(*positional, **named)


def scheduled_event(call):
    trigger = call.head["trigger"]
    return {"scheduledTime": trigger.get("scheduledTime"), "cron": trigger.get("cron"), "input": trigger.get("input")}


def targets_of(module):
    """What the module offers, in order of preference, and the schema of `main`."""
    fetch, app, handler, main, scheduled = (getattr(module, name, None) for name in ("fetch", "app", "handler", "main", "scheduled"))
    found, schema = {}, None

    def answering(run):
        return lambda call, ctx: respond(call, settle(run(call, ctx)), on_loop)

    if callable(fetch):
        fetch = taking(fetch)
        found["fetch"] = answering(lambda call, ctx: fetch(Request(call), ctx))
    if callable(app):
        found["app"] = (lambda call, ctx: on_loop(run_asgi(app, call))) if is_asgi(app) else lambda call, ctx: run_wsgi(app, call)
    if callable(handler):
        handler = taking(handler)
        found["handler"] = answering(lambda call, ctx: handler(event_of(call)[0], ctx))
    if callable(main):
        parameters = Parameters(main)
        schema = parameters.schema()
        found["main"] = answering(lambda call, ctx: run_main(main, parameters, call, ctx))
    if callable(scheduled):
        scheduled = taking(scheduled)
        found["scheduled"] = answering(lambda call, ctx: scheduled(scheduled_event(call), ctx))
    if not found:
        seen = ", ".join(f"{name} ({type(one).__name__})" for name, one in vars(module).items() if not name.startswith("_"))
        wanted = "handler(event, ctx), main(**inputs), fetch(request, ctx), app (ASGI or WSGI), scheduled(event, ctx)"
        raise TypeError(f"nothing here can be called. Define one of: {wanted}. Found: {seen or 'nothing'}")
    return found, schema


def style_of(init):
    """What knows handlers that were written for another platform."""
    if "lambda" in init:
        return importlib.import_module("pulse_runtime.lambdas")
    return importlib.import_module("pulse_runtime.openwhisk") if "openwhisk" in init else None


def styled_targets(style, module, init):
    kind, serve_it = style.target_of(module, init, settle)
    return {kind: lambda call, ctx: respond(call, serve_it(call, ctx), on_loop)}, None


def load(init):
    global version, targets, is_alone
    begun = time.perf_counter()
    secrets = init.get("secrets") or {}
    version = {"function": init.get("function") or {}, "env": {**(init.get("env") or {}), **secrets}, "secrets": secrets}
    concurrency = init.get("concurrency") or 1
    is_alone = concurrency == 1
    os.environ.update(version["env"])
    try:
        entry, style = os.path.realpath(init["entry"]), style_of(init)
        folder, deps = os.path.dirname(entry), init.get("deps")
        if style:
            init = {**init, "root": os.path.realpath(init.get("root") or folder)}
            style.set_variables(init)
            folder = init["root"]
        errors.set_folders(folder, os.path.realpath(deps) if deps else "")
        sys.path[0:0] = [folder, *([deps] if deps else [])]
        name = os.path.splitext(os.path.relpath(entry, folder))[0].replace(os.sep, ".")
        spec = importlib.util.spec_from_file_location(name if name not in sys.modules else "pulse_main", entry)
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        targets, schema = styled_targets(style, module, init) if style else targets_of(module)
        prepare = None if style else getattr(module, "init", None)
        if callable(prepare):
            settle(taking(prepare)(Context(Call(0, {}), version, run_task)))
        ready = {"ok": True, "kinds": list(targets), "initMs": round((time.perf_counter() - begun) * 1000, 3)}
        prints.end_lines()
        if not frames.send_json(b"R", 0, {**ready, **({"schema": schema} if schema else {})}):
            raise ValueError("the schema of main is over 64 KiB of JSON")
    except BaseException as error:
        if frames.is_child:
            end_child(1)
        prints.end_lines()
        frames.send_cut(b"X", 0, errors.report(error, "init_error"))
    for _ in range(concurrency - 1):
        threading.Thread(target=work_on, name="pulse-call", daemon=True).start()


def work_on():
    while True:
        run, given = work.get()
        run(given)


def receive(kind, number, payload):
    call = calls.get(number)
    if kind == b"I":
        work.put((load, json.loads(payload)))
    elif kind == b"Q":
        calls[number] = call = Call(number, json.loads(payload))
        if is_alone:
            prints.printer = number
        work.put((serve, call))
    elif call is None:
        return
    elif kind == b"B":
        call.receive(payload)
    elif kind in (b"E", b"W", b"C", b"A"):
        with call.changed:
            if kind == b"E":
                call.has_all = True
            elif kind == b"W":
                call.credit += struct.unpack(">I", payload)[0]
            elif kind == b"C":
                call.cancelled.reason = call.cancelled.reason or json.loads(payload)["reason"]
                call.cancelled.set()
            else:
                answer = json.loads(payload)
                call.answers[answer["id"]] = answer
            call.changed.notify_all()


def listen():
    try:
        for kind, number, payload in frames.frames():
            receive(kind, number, payload)
    except ValueError:
        os._exit(70)  # JSON is due and it does not parse: nothing more of the line can be trusted
    os._exit(0)


if __name__ == "__main__":
    del sys.path[0]  # the folder of this file holds nothing for users
    proxy = os.environ.pop("PULSE_EGRESS_SOCKET", "")
    if proxy:
        egress.start(proxy)
    json.loads(json.dumps({"warm": [1]}))
    stem = {"stem": True, "language": "python", "languageVersion": ".".join(map(str, sys.version_info[:3])), "protocol": 1}
    frames.send_json(b"R", 0, stem)
    threading.Thread(target=listen, name="pulse-line", daemon=True).start()
    work_on()
