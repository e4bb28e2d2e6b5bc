"""Loads user code and calls it, by PROTOCOL.md. Standard library only; one file, shipped by the runner."""
import asyncio, base64, contextvars, dataclasses, importlib.util, inspect, io, json, logging, os, socket, struct, sys, threading, time, traceback, types, typing, urllib.parse

TEXT_MOST, PAYLOAD_MOST, FIRST_CREDIT, WAIT_UNTIL_S = 32768, 65536, 262144, 30
socket_mode = os.environ.get("PULSE_TRANSPORT") == "socket"
if socket_mode:
    line = socket.socket(socket.AF_UNIX)
    line.connect(os.environ["PULSE_SOCKET"])
    line.set_inheritable(False)
    read_some, write_all = (lambda: line.recv(262144)), line.sendall
else:
    frames_in, frames_out = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)

    def read_some():
        return os.read(frames_in, 262144)

    def write_all(data):
        view = memoryview(data)
        while view:
            view = view[os.write(frames_out, view):]

for name in [n for n in os.environ if n.startswith("PULSE_")]:
    del os.environ[name]
owner, out_lock, calls, loop = os.getpid(), threading.Lock(), {}, asyncio.new_event_loop()
current = contextvars.ContextVar("call", default=None)
state = types.SimpleNamespace(setup=None, kinds=[], targets={}, code_dir="")


def send(kind, call, payload=b""):
    data = payload if isinstance(payload, (bytes, bytearray, memoryview)) else payload.encode()
    if os.getpid() == owner:  # a forked child must not speak for us
        with out_lock:
            write_all(struct.pack(">I1sI", len(data), kind, call) + bytes(data))


def send_json(kind, call, value):
    send(kind, call, json.dumps(value))


class PermanentError(Exception):
    permanent = True


class RetryAfter(Exception):
    def __init__(self, seconds, message=None):
        super().__init__(message or f"retry after {seconds} s")
        self.retry_after_ms = round(seconds * 1000)


class Refused(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


pulse = types.ModuleType("pulse")
pulse.PermanentError, pulse.RetryAfter = PermanentError, RetryAfter
sys.modules["pulse"] = pulse


def describe(error, code):
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    found = {"code": code, "name": type(error).__name__, "message": message[: TEXT_MOST // 2]}
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename != __file__]
    inside = [f for f in frames if f.filename.startswith(state.code_dir + os.sep) and f"{os.sep}.deps{os.sep}" not in f.filename]
    where = (error.filename, error.lineno) if isinstance(error, SyntaxError) else (inside[-1].filename, inside[-1].lineno) if inside else None
    if where and where[0] and where[1]:
        found["file"], found["line"] = os.path.relpath(where[0], state.code_dir), where[1]
    text = "Traceback (most recent call last):\n" + "".join(traceback.format_list(frames)) + "".join(traceback.format_exception_only(type(error), error))
    found["stack"] = text.replace(state.code_dir + os.sep, "")[-16384:] if state.code_dir else text[-16384:]
    if getattr(error, "permanent", False) is True:
        found["permanent"] = True
    if isinstance(getattr(error, "retry_after_ms", None), int):
        found["retryAfterMs"] = error.retry_after_ms
    return found


def log_line(call, stream, level, text, fields=None):
    entry = {"stream": stream, "level": level, "text": str(text)[:TEXT_MOST], "time": round(time.time() * 1000)}
    if fields:
        try:
            entry["fields"] = json.loads(json.dumps(fields, default=str)[: TEXT_MOST // 2])
        except ValueError:
            entry["text"] += " (its fields are too large)"
    send_json(b"L", call, entry)


class Printed(io.TextIOBase):
    """Prints of the language, line by line, as log frames of the running call."""

    encoding = "utf-8"

    def __init__(self, stream, raw):
        self.stream, self.raw, self.rest = stream, raw, {}
        self.buffer = raw.buffer

    def writable(self):
        return True

    def fileno(self):
        return self.raw.fileno()

    def write(self, text):
        call = current.get()
        number = call.number if call else 0
        *lines, self.rest[number] = (self.rest.get(number, "") + text).split("\n")
        for one in lines:
            log_line(number, self.stream, "error" if self.stream == "stderr" else "info", one)
        return len(text)

    def end(self, number):
        rest = self.rest.pop(number, "")
        if rest:
            log_line(number, self.stream, "error" if self.stream == "stderr" else "info", rest)


printed = [Printed("stdout", sys.__stdout__), Printed("stderr", sys.__stderr__)]
sys.stdout, sys.stderr = printed


class CallLog(logging.Handler):
    def emit(self, record):
        call = current.get()
        log_line(call.number if call else 0, "log", record.levelname.lower().replace("warning", "warn"), self.format(record))


logging.basicConfig(handlers=[CallLog()], level=logging.INFO, format="%(message)s")


class Log:
    def __init__(self, number):
        for level in ("debug", "info", "warn", "error"):
            setattr(self, level, lambda message, fields=None, _level=level, **more: log_line(number, "log", _level, message, {**(fields or {}), **more}))


class Call:
    def __init__(self, number, head):
        self.number, self.head, self.chunks, self.ended = number, head, [], not head.get("body")
        self.changed, self.credit, self.over, self.discard = threading.Condition(), FIRST_CREDIT, False, False
        self.cancelled, self.background, self.answers, self.invokes = threading.Event(), [], {}, 0

    def read(self):
        """The next chunk of the request body, or None at its end."""
        with self.changed:
            self.changed.wait_for(lambda: self.chunks or self.ended)
            chunk = self.chunks.pop(0) if self.chunks else None
        if chunk is not None:
            send(b"W", self.number, struct.pack(">I", len(chunk)))
        return chunk

    def read_all(self):
        return b"".join(iter(self.read, None))

    def write(self, data):
        view = memoryview(data).cast("B") if data else memoryview(b"")
        while view:
            with self.changed:
                self.changed.wait_for(lambda: self.credit > 0 or self.over)
                part = view[: min(PAYLOAD_MOST, max(self.credit, 1))]
                self.credit -= len(part)
            send(b"B", self.number, part)
            view = view[len(part):]

    def invoke(self, name, value=None):
        with self.changed:
            self.invokes += 1
            number = self.invokes
        payload = json.dumps({"id": number, "name": name, "input": value})
        if len(payload) > PAYLOAD_MOST:
            raise ValueError("the input of ctx.invoke may have at most 64 KiB as JSON")
        send(b"V", self.number, payload)
        with self.changed:
            self.changed.wait_for(lambda: number in self.answers)
            answer = self.answers.pop(number)
        if not answer["ok"]:
            raise RuntimeError(f"{answer['code']}: {answer['message']}")
        return answer["value"]


class Context:
    PermanentError, RetryAfter = PermanentError, RetryAfter

    def __init__(self, call):
        head = call.head
        self.execution_id, self.attempt, self.trigger = head["executionId"], head["attempt"], head["trigger"]
        self.function = {**state.setup["function"], "alias": head.get("alias")}
        self.idempotency_key, self.deadline, self.url = head.get("idempotencyKey"), head["deadline"], head["url"]
        self.traceparent, self.cancelled, self.log = head.get("traceparent"), call.cancelled, Log(call.number)
        self.env, self.secrets = state.setup.get("env", {}), state.setup.get("secrets", {})
        self._call = call

    def remaining(self):
        return max(0.0, self.deadline / 1000 - time.time())

    def wait_until(self, work):
        self._call.background.append(work)

    def invoke(self, name, input=None):
        return self._call.invoke(name, input)


class Request:
    def __init__(self, call):
        self._call, self._bytes = call, None
        self.method, self.url, self.path = call.head["method"], call.head["url"], call.head["path"].split("?")[0]
        self.query = flat(urllib.parse.parse_qsl(urllib.parse.urlsplit(call.head["path"]).query, keep_blank_values=True))
        self.header_list = call.head["headers"]
        self.headers = {}
        for name, value in self.header_list:
            self.headers[name] = f"{self.headers[name]}, {value}" if name in self.headers else value

    def read(self):
        if self._bytes is None:
            self._bytes = self._call.read_all()
        return self._bytes

    async def body(self):
        return await asyncio.to_thread(self.read)

    async def json(self):
        return json.loads(await self.body())

    async def text(self):
        return (await self.body()).decode()


def flat(pairs):
    fields = {}
    for key, value in pairs:
        fields[key] = value if key not in fields else [*(fields[key] if isinstance(fields[key], list) else [fields[key]]), value]
    return fields


def event_of(call):
    data = call.read_all()
    kind = next((v for n, v in call.head["headers"] if n == "content-type"), "").split(";")[0].strip().lower()
    text = None
    try:
        text = data.decode()
    except UnicodeDecodeError:
        pass
    if not data:
        return flat(urllib.parse.parse_qsl(urllib.parse.urlsplit(call.head["path"]).query, keep_blank_values=True))
    looks_json = text is not None and text.lstrip()[:1] in ("{", "[")
    if kind == "application/x-www-form-urlencoded":
        if looks_json:  # curl -d sends JSON under this type unless told otherwise
            try:
                return json.loads(text)
            except ValueError:
                pass
        return flat(urllib.parse.parse_qsl(text or "", keep_blank_values=True))
    if kind in ("", "application/json") or kind.endswith("+json") or (kind == "text/plain" and (looks_json or (text or "").lstrip()[:1] == '"')):
        try:
            return json.loads(data)
        except (ValueError, RecursionError) as error:
            raise Refused("bad_request", f"the body is not valid JSON: {error or 'it nests too deeply'}") from None
    return text if text is not None else data


# main(**inputs): annotations to JSON Schema, and values to annotations
PLAIN = {int: "integer", float: "number", str: "string", bool: "boolean", list: "array", dict: "object"}


def schema_of(kind):
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if kind in PLAIN:
        return {"type": PLAIN[kind]}
    if origin is typing.Literal:
        return {"enum": list(args)}
    if origin in (typing.Union, types.UnionType):
        options = [{"type": "null"} if a is type(None) else schema_of(a) for a in args]
        return {"anyOf": options}
    if origin in (list, dict):
        return {"type": "array", "items": schema_of(args[0])} if origin is list else {"type": "object"}
    if dataclasses.is_dataclass(kind):
        hints, fields = typing.get_type_hints(kind), dataclasses.fields(kind)
        needed = [f.name for f in fields if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING]
        return {"type": "object", "properties": {f.name: schema_of(hints[f.name]) for f in fields}, "required": needed}
    return {}


def signature_schema(target):
    hints, properties, needed = typing.get_type_hints(target), {}, []
    for name, parameter in inspect.signature(target).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD) or name == "ctx":
            continue
        properties[name] = schema_of(hints[name]) if name in hints else {}
        if parameter.default is parameter.empty:
            needed.append(name)
        elif isinstance(parameter.default, (str, int, float, bool, list, dict, type(None))):
            properties[name]["default"] = parameter.default
    return {"type": "object", "properties": properties, "required": needed}


def coerce(value, kind, name):
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if kind is inspect.Parameter.empty or kind is typing.Any:
        return value
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in args:
            return None
        for option in [a for a in args if a is not type(None)]:
            try:
                return coerce(value, option, name)
            except Refused:
                continue
        raise Refused("bad_request", f"{name} fits none of {kind}")
    if origin is typing.Literal:
        if value in args:
            return value
        raise Refused("bad_request", f"{name} must be one of {list(args)}, got {json.dumps(value, default=str)}")
    if dataclasses.is_dataclass(kind) and isinstance(value, dict):
        hints = typing.get_type_hints(kind)
        try:
            return kind(**{k: coerce(v, hints.get(k, typing.Any), f"{name}.{k}") for k, v in value.items()})
        except TypeError as error:
            raise Refused("bad_request", f"{name}: {error}") from None
    base = origin or kind
    if base not in PLAIN:
        return value
    if base is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str) and base in (int, float):
        try:
            return base(value)
        except ValueError:
            pass
    if isinstance(value, str) and base is bool and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if isinstance(value, base) and not (base in (int, float) and isinstance(value, bool)):
        return [coerce(v, args[0], f"{name}[{i}]") for i, v in enumerate(value)] if base is list and args else value
    raise Refused("bad_request", f"{name} must be {PLAIN[base]}, got {json.dumps(value, default=str)[:100]}")


def bind_main(target, event, ctx):
    if not isinstance(event, dict):
        raise Refused("bad_request", f"main takes named inputs: the body must be an object, got {type(event).__name__}")
    hints, parameters = typing.get_type_hints(target), inspect.signature(target).parameters
    open_ended = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    wrong = [f"{n} is unknown" for n in event if n not in parameters and not open_ended]
    given = {"ctx": ctx} if "ctx" in parameters else {}
    for name, parameter in parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD) or name == "ctx":
            continue
        if name in event:
            try:
                given[name] = coerce(event[name], hints.get(name, typing.Any), name)
            except Refused as error:
                wrong.append(str(error))
        elif parameter.default is parameter.empty:
            wrong.append(f"{name} is missing")
    if wrong:
        raise Refused("bad_request", "; ".join(wrong))
    return {**{n: v for n, v in event.items() if n not in parameters}, **given}


def json_bytes(value):
    def other(one):
        if dataclasses.is_dataclass(one) and not isinstance(one, type):
            return dataclasses.asdict(one)
        if hasattr(one, "model_dump"):
            return one.model_dump(mode="json")
        raise Refused("bad_response", f"a value of type {type(one).__name__} cannot be sent as JSON")

    try:
        return json.dumps(value, default=other, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise Refused("bad_response", f"the value cannot be sent as JSON: {error or 'it nests too deeply'}") from None


def answer_of(value, type_=None):
    """A returned value as (status, headers, body): bytes, or an iterable of bytes."""
    if value is None:
        return 204, [], b""
    if isinstance(value, tuple) and len(value) in (2, 3) and isinstance(value[1], int) and 100 <= value[1] <= 599:
        _, headers, body = answer_of(value[0])
        more = value[2] if len(value) == 3 else {}
        more = [(n.lower(), str(v)) for n, v in (more.items() if isinstance(more, dict) else more)]
        named = {n for n, _ in more}
        return value[1], [h for h in headers if h[0] not in named] + more, body
    if isinstance(value, str):
        return 200, [("content-type", "text/plain; charset=utf-8")], value.encode()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return 200, [("content-type", "application/octet-stream")], bytes(value)
    if inspect.isgenerator(value) or inspect.isasyncgen(value) or (hasattr(value, "__next__") and not isinstance(value, dict)):
        return streamed(value if not inspect.isasyncgen(value) else drained(value))
    if isinstance(value, dict) and isinstance(value.get("statusCode"), int) and set(value) <= {"statusCode", "headers", "body", "isBase64Encoded", "cookies"}:
        headers = [(n.lower(), str(v)) for n, one in (value.get("headers") or {}).items() for v in (one if isinstance(one, list) else [one])]
        headers += [("set-cookie", str(c)) for c in value.get("cookies") or []]
        body = value.get("body")
        if body is None or isinstance(body, str):
            return value["statusCode"], headers, base64.b64decode(body or "") if value.get("isBase64Encoded") else (body or "").encode()
        return value["statusCode"], headers + ([] if any(n == "content-type" for n, _ in headers) else [("content-type", "application/json")]), json_bytes(body)
    return 200, [("content-type", "application/json")], json_bytes(value)


def drained(items):
    """An async generator, one item at a time, for a thread that is not the loop's."""
    while True:
        try:
            yield asyncio.run_coroutine_threadsafe(items.__anext__(), loop).result()
        except StopAsyncIteration:
            return


def streamed(items):
    first = next(items, None)
    event = isinstance(first, dict) and ("data" in first or "event" in first)
    kind = "text/event-stream" if event else "application/x-ndjson" if isinstance(first, dict) else "text/plain; charset=utf-8" if isinstance(first, str) else "application/octet-stream"

    def encode(item):
        if event:
            data = item.get("data", "")
            data = data if isinstance(data, str) else json_bytes(data).decode()
            return ("".join(f"{n}: {item[n]}\n" for n in ("event", "id", "retry") if n in item) + "".join(f"data: {one}\n" for one in data.split("\n")) + "\n").encode()
        return item.encode() if isinstance(item, str) else bytes(item) if isinstance(item, (bytes, bytearray)) else json_bytes(item) + b"\n"

    def body():
        if first is not None:
            yield encode(first)
            for item in items:
                yield encode(item)

    return 200, [("content-type", kind), ("cache-control", "no-cache")], body()


def run_asgi(app, call):
    parts, started = urllib.parse.urlsplit(call.head["path"]), threading.Event()
    public = urllib.parse.urlsplit(call.head["url"])
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": call.head["method"],
        "scheme": public.scheme, "path": urllib.parse.unquote(parts.path), "raw_path": parts.path.encode(), "query_string": parts.query.encode(),
        "root_path": "", "headers": [(n.encode("latin-1"), v.encode("latin-1", "replace")) for n, v in call.head["headers"]],
        "server": (public.hostname, public.port or 80), "client": None,
    }

    async def receive():
        if call.cancelled.is_set() or (call.ended and not call.chunks and getattr(call, "told", False)):
            await asyncio.to_thread(call.cancelled.wait)
            return {"type": "http.disconnect"}
        chunk = await asyncio.to_thread(call.read)
        call.told = chunk is None
        return {"type": "http.request", "body": chunk or b"", "more_body": chunk is not None}

    async def respond(message):
        if message["type"] == "http.response.start":
            started.set()
            send_json(b"H", call.number, {"status": message["status"], "headers": [[n.decode("latin-1").lower(), v.decode("latin-1")] for n, v in message.get("headers", [])]})
        elif message["type"] == "http.response.body":
            await asyncio.to_thread(call.write, message.get("body", b""))

    asyncio.run_coroutine_threadsafe(app(scope, receive, respond), loop).result()
    if not started.is_set():
        raise Refused("bad_response", "the ASGI app ended without a response")


class BodyFile(io.RawIOBase):
    def __init__(self, call):
        self.call, self.rest = call, b""

    def readable(self):
        return True

    def readinto(self, buffer):
        self.rest = self.rest or self.call.read() or b""
        part, self.rest = self.rest[: len(buffer)], self.rest[len(buffer):]
        buffer[: len(part)] = part
        return len(part)


def run_wsgi(app, call):
    parts, public = urllib.parse.urlsplit(call.head["path"]), urllib.parse.urlsplit(call.head["url"])
    environ = {
        "REQUEST_METHOD": call.head["method"], "SCRIPT_NAME": "", "PATH_INFO": urllib.parse.unquote(parts.path, "latin-1"), "QUERY_STRING": parts.query,
        "SERVER_NAME": public.hostname or "localhost", "SERVER_PORT": str(public.port or 80), "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.version": (1, 0),
        "wsgi.url_scheme": public.scheme, "wsgi.input": io.BufferedReader(BodyFile(call)), "wsgi.errors": sys.stderr, "wsgi.multithread": True,
        "wsgi.multiprocess": False, "wsgi.run_once": False,
    }
    for name, value in call.head["headers"]:
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    head = []

    def start_response(status, headers, _exc=None):
        head[:] = [int(status.split()[0]), [[n.lower(), v] for n, v in headers]]
        return call.write

    items = app(environ, start_response)
    sent = False
    for item in items:
        if not sent:
            send_json(b"H", call.number, {"status": head[0], "headers": head[1]})
            sent = True
        call.write(item)
    if not sent:
        if not head:
            raise Refused("bad_response", "the WSGI app ended without a response")
        send_json(b"H", call.number, {"status": head[0], "headers": head[1]})
    getattr(items, "close", lambda: None)()


def await_if(value):
    return asyncio.run_coroutine_threadsafe(value, loop).result() if inspect.iscoroutine(value) else value


def respond(call):
    ctx, targets = Context(call), state.targets
    kind = "scheduled" if call.head["trigger"].get("type") == "schedule" and "scheduled" in targets else next(k for k in ("fetch", "app", "handler", "main", "scheduled") if k in targets)
    target = targets[kind]
    if kind == "app":
        method = target if inspect.isfunction(target) or inspect.ismethod(target) else type(target).__call__
        return run_asgi(target, call) if inspect.iscoroutinefunction(method) else run_wsgi(target, call)
    if kind == "fetch":
        value = target(Request(call), ctx)
    elif kind == "scheduled":
        trigger = call.head["trigger"]
        value = target({"scheduledTime": trigger.get("scheduledTime"), "cron": trigger.get("cron"), "input": trigger.get("input")}, ctx)
    elif kind == "main":
        value = target(**bind_main(target, event_of(call), ctx))
    else:
        value = target(event_of(call), ctx)
    status, headers, body = answer_of(await_if(value))
    send_json(b"H", call.number, {"status": status, "headers": [list(h) for h in headers]})
    for part in [body] if isinstance(body, bytes) else body:
        call.write(part)
        if call.over:
            break


def serve(call):
    current.set(call)
    try:
        respond(call)
        send(b"E", call.number)
    except BaseException as error:
        send_json(b"X", call.number, describe(error, error.code if isinstance(error, Refused) else "function_error"))
    call.discard = True
    with call.changed:
        for chunk in call.chunks:
            send(b"W", call.number, struct.pack(">I", len(chunk)))
        call.chunks.clear()
    until = time.time() + WAIT_UNTIL_S
    for work in call.background:
        try:
            if inspect.iscoroutine(work):
                asyncio.run_coroutine_threadsafe(work, loop).result(max(0, until - time.time()))
            elif callable(work):
                work()
        except BaseException as error:
            log_line(call.number, "stderr", "error", f"wait_until: {error!r}")
    for stream in printed:
        stream.end(call.number)
    mark = f"\0pulse:{call.head['nonce']}\n".encode()
    for fd in (1, 2) if socket_mode else (2,):
        try:
            os.write(fd, mark)
        except OSError:
            pass  # user code closed it: nothing more can come from there
    calls.pop(call.number, None)
    send(b"D", call.number, b"{}")


def load(setup):
    begun = time.perf_counter()
    state.setup, state.code_dir = setup, os.path.dirname(setup["entry"])
    os.environ.update({**setup.get("env", {}), **setup.get("secrets", {})})
    sys.path[0:0] = [state.code_dir, *([setup["deps"]] if setup.get("deps") else [])]
    try:
        spec = importlib.util.spec_from_file_location("main", setup["entry"])
        module = importlib.util.module_from_spec(spec)
        sys.modules["main"] = module
        spec.loader.exec_module(module)
        state.targets = {k: getattr(module, k) for k in ("fetch", "app", "handler", "main", "scheduled") if callable(getattr(module, k, None))}
        if not state.targets:
            seen = ", ".join(n for n in vars(module) if not n.startswith("_")) or "nothing"
            raise TypeError(f"nothing to call: define handler, main, fetch, app or scheduled; found {seen}")
        init = getattr(module, "init", None)
        if callable(init):
            await_if(init(types.SimpleNamespace(env=setup.get("env", {}), secrets=setup.get("secrets", {}), function=setup["function"])))
        ready = {"ok": True, "kinds": list(state.targets), "initMs": (time.perf_counter() - begun) * 1000}
        if "main" in state.targets:
            ready["schema"] = signature_schema(state.targets["main"])
        send_json(b"R", 0, ready)
    except BaseException as error:
        send_json(b"X", 0, describe(error, "init_error"))


def receive(kind, number, payload):
    if kind == b"I":
        return load(json.loads(payload))
    if kind == b"Q":
        calls[number] = call = Call(number, json.loads(payload))
        return threading.Thread(target=serve, args=(call,), daemon=True).start()
    call = calls.get(number)
    if call is None:
        return None
    if kind == b"B" and call.discard:
        return send(b"W", number, struct.pack(">I", len(payload)))
    with call.changed:
        if kind == b"B":
            call.chunks.append(payload)
        elif kind == b"E":
            call.ended = True
        elif kind == b"W":
            call.credit += struct.unpack(">I", payload)[0]
        elif kind == b"C":
            call.over = True
            call.cancelled.set()
        elif kind == b"A":
            answer = json.loads(payload)
            call.answers[answer["id"]] = answer
        call.changed.notify_all()


threading.Thread(target=loop.run_forever, daemon=True).start()
json.loads(json.dumps({"warm": [1]}))
send_json(b"R", 0, {"stem": True, "language": "python", "languageVersion": sys.version.split()[0], "protocol": 1})
buffered = b""
while True:
    try:
        some = read_some()
    except OSError:
        some = b""
    if not some:
        os._exit(0)
    buffered += some
    while len(buffered) >= 9:
        length, kind, number = struct.unpack(">I1sI", buffered[:9])
        if length > PAYLOAD_MOST:
            os._exit(70)
        if len(buffered) < 9 + length:
            break
        payload, buffered = buffered[9 : 9 + length], buffered[9 + length:]
        receive(kind, number, payload)
