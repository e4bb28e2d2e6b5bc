// Loads user code and calls it, by PROTOCOL.md. Standard library only; one file, shipped by the runner.
import { AsyncLocalStorage } from "node:async_hooks";
import { writeSync } from "node:fs";
import { findSourceMap } from "node:module";
import { connect, Socket } from "node:net";
import { dirname, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { format } from "node:util";

const socketMode = process.env.PULSE_TRANSPORT === "socket";
const input = socketMode
  ? connect(process.env.PULSE_SOCKET)
  : new Socket({ fd: 3, readable: true, writable: false });
const output = socketMode ? input : new Socket({ fd: 4, readable: false, writable: true });
for (const name of Object.keys(process.env)) if (name.startsWith("PULSE_")) delete process.env[name];
const end = process.exit.bind(process);
const calls = new Map();
const current = new AsyncLocalStorage();
const textMost = 32_768;
const payloadMost = 65_536;
const firstCredit = 262_144;
const waitUntilMs = 30_000;
let loaded = null;
let codeDir = "";
let setup = null;

function send(type, call, payload) {
  const bytes = payload instanceof Uint8Array ? payload : Buffer.from(payload ?? "");
  const frame = Buffer.allocUnsafe(9 + bytes.length);
  frame.writeUInt32BE(bytes.length, 0);
  frame[4] = type.charCodeAt(0);
  frame.writeUInt32BE(call, 5);
  frame.set(bytes, 9);
  output.write(frame);
}
const sendJson = (type, call, value) => send(type, call, JSON.stringify(value));

class PermanentError extends Error {
  constructor(message) {
    super(message);
    this.name = "PermanentError";
    this.permanent = true;
  }
}
class RetryAfter extends Error {
  constructor(seconds, message) {
    super(message ?? `retry after ${seconds} s`);
    this.name = "RetryAfter";
    this.retryAfterMs = Math.round(seconds * 1000);
  }
}
class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.code_ = code;
  }
}

/** Innermost frame of the user's own code, and the stack without ours; mapped through the source map beside the bundle. */
function describe(error, code) {
  const known = error instanceof Error;
  const message = String(known ? error.message : format(error)).slice(0, textMost / 2);
  const found = { code, name: known ? error.name : "Error", message };
  const stack = known && typeof error.stack === "string" ? error.stack : "";
  const kept = [];
  for (const line of stack.split("\n")) {
    if (line.includes("bootstrap.mjs") || line.includes("node:internal")) continue;
    const match = /(?:\()?((?:file:\/\/)?\/[^():]+):(\d+)(?::(\d+))?\)?$/.exec(line.trim());
    if (match === null || codeDir === "") {
      kept.push(line);
      continue;
    }
    const place = mapped(match[1], Number(match[2]), Number(match[3] ?? 1));
    kept.push(line.replace(match[1], place.file).replace(`:${match[2]}`, `:${place.line}`));
    if (found.file === undefined && place.own) Object.assign(found, { file: place.file, line: place.line });
  }
  found.stack = kept.join("\n").slice(0, 16_384);
  if (typeof error?.retryAfterMs === "number") found.retryAfterMs = error.retryAfterMs;
  if (error?.permanent === true) found.permanent = true;
  return found;
}

function mapped(where, line, column) {
  const path = where.startsWith("file://") ? fileURLToPath(where) : where;
  const origin = findSourceMap(path)?.findEntry(line - 1, column - 1);
  if (origin?.originalSource !== undefined) {
    const source = origin.originalSource.startsWith("file://")
      ? fileURLToPath(origin.originalSource)
      : origin.originalSource;
    return { ...own(source), line: origin.originalLine + 1 };
  }
  return { ...own(path), line };
}
function own(path) {
  const inside = relative(codeDir, path);
  const isOwn = !inside.startsWith("..") && !inside.startsWith(sep) && !inside.includes("node_modules");
  return { file: isOwn ? inside : path, own: isOwn };
}

/** The running call when there is one only, else the process. */
function onlyCall() {
  const [only] = calls.keys();
  return calls.size === 1 ? only : 0;
}

function log(call, stream, level, text, fields) {
  const line = { stream, level, text: text.slice(0, textMost), time: Date.now() };
  if (fields !== undefined) {
    try {
      if (JSON.stringify(fields).length < textMost / 2) line.fields = fields;
    } catch {
      line.text += " (its fields cannot be serialised)";
    }
  }
  sendJson("L", call, line);
}
for (const [name, stream, level] of [
  ["log", "stdout", "info"],
  ["info", "stdout", "info"],
  ["debug", "stdout", "debug"],
  ["warn", "stderr", "warn"],
  ["error", "stderr", "error"],
]) {
  console[name] = (...args) => {
    for (const text of format(...args).split("\n"))
      log(current.getStore() ?? onlyCall(), stream, level, text);
  };
}

function contextOf(head, call) {
  return {
    executionId: head.executionId,
    function: { ...setup.function, alias: head.alias },
    trigger: head.trigger,
    attempt: head.attempt,
    idempotencyKey: head.idempotencyKey,
    deadline: head.deadline,
    remainingMs: () => Math.max(0, head.deadline - Date.now()),
    url: head.url,
    traceparent: head.traceparent,
    signal: call.abort.signal,
    env: setup.env,
    secrets: setup.secrets,
    log: Object.fromEntries(
      ["debug", "info", "warn", "error"].map((level) => [
        level,
        (message, fields) => log(call.number, "log", level, String(message), fields),
      ]),
    ),
    waitUntil: (promise) => void call.background.push(Promise.resolve(promise)),
    invoke: (name, value) => invoke(call, name, value),
    PermanentError,
    RetryAfter,
  };
}

function invoke(call, name, value) {
  return new Promise((resolve, reject) => {
    const id = ++call.invokes;
    call.answers.set(id, { resolve, reject });
    const payload = JSON.stringify({ id, name, input: value === undefined ? null : value });
    if (payload.length > payloadMost)
      throw new TypeError("the input of ctx.invoke may have at most 64 KiB as JSON");
    send("V", call.number, payload);
  });
}

/** Request bytes of a call, with credit given back as they are read. */
function bodyStream(call) {
  return new ReadableStream({
    type: "bytes",
    async pull(controller) {
      while (call.chunks.length === 0 && !call.bodyEnded)
        await new Promise((resolve) => (call.wake = resolve));
      const chunk = call.chunks.shift();
      if (chunk === undefined) {
        controller.close();
        return controller.byobRequest?.respond(0);
      }
      credit(call.number, chunk.length);
      controller.enqueue(new Uint8Array(chunk));
    },
  });
}
function credit(call, bytes) {
  const payload = Buffer.allocUnsafe(4);
  payload.writeUInt32BE(bytes);
  send("W", call, payload);
}
async function wholeBody(call) {
  const chunks = [];
  while (!call.bodyEnded || call.chunks.length > 0) {
    const chunk = call.chunks.shift();
    if (chunk === undefined) await new Promise((resolve) => (call.wake = resolve));
    else {
      credit(call.number, chunk.length);
      chunks.push(chunk);
    }
  }
  return Buffer.concat(chunks);
}

async function eventOf(head, call) {
  const bytes = head.body ? await wholeBody(call) : Buffer.alloc(0);
  const type = (head.headers.find(([name]) => name === "content-type")?.[1] ?? "")
    .split(";")[0]
    .trim()
    .toLowerCase();
  const query = head.path.indexOf("?");
  const flat = (params) => {
    const fields = {};
    for (const key of new Set(params.keys())) {
      const all = params.getAll(key);
      fields[key] = all.length > 1 ? all : all[0];
    }
    return fields;
  };
  if (bytes.length === 0) return query < 0 ? {} : flat(new URLSearchParams(head.path.slice(query + 1)));
  if (type === "application/x-www-form-urlencoded") {
    const text = bytes.toString("utf8");
    // curl -d sends JSON under this type unless told otherwise.
    if (!/^\s*[[{]/.test(text)) return flat(new URLSearchParams(text));
    try {
      return JSON.parse(text);
    } catch {
      return flat(new URLSearchParams(text));
    }
  }
  if (type === "" || type === "text/plain" || type === "application/json" || type.endsWith("+json")) {
    try {
      return JSON.parse(bytes.toString("utf8"));
    } catch (error) {
      if (type === "text/plain" && !/^\s*[[{"]/.test(bytes.toString("utf8", 0, 100)))
        return bytes.toString("utf8");
      throw new Refused("bad_request", `the body is not valid JSON: ${error.message}`);
    }
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new Uint8Array(bytes);
  }
}

function requestOf(head, call) {
  const url = new URL(head.url);
  const headers = new Headers();
  for (const [name, value] of head.headers) headers.append(name, value);
  const init = { method: head.method, headers, signal: call.abort.signal };
  if (head.body && head.method !== "GET" && head.method !== "HEAD")
    Object.assign(init, { body: bodyStream(call), duplex: "half" });
  return new Request(url.origin + head.path, init);
}

const codeOf = (kind) => loaded.exports[kind];
function pick(head) {
  if (head.trigger.type === "schedule" && loaded.kinds.includes("scheduled")) return "scheduled";
  return ["fetch", "default", "handler", "main", "scheduled"].find((kind) => codeOf(kind) !== undefined);
}

async function run(head, call) {
  const ctx = contextOf(head, call);
  const kind = pick(head);
  const target = codeOf(kind);
  if (kind === "fetch") return target(requestOf(head, call), { ...setup.env, ...setup.secrets }, ctx);
  if (kind === "default") return target(requestOf(head, call), ctx);
  if (kind === "scheduled") {
    const { scheduledTime, cron, input: value } = head.trigger;
    return target({ scheduledTime, cron, input: value }, ctx);
  }
  return target(await eventOf(head, call), ctx);
}

const lambdaKeys = new Set(["statusCode", "headers", "body", "isBase64Encoded", "cookies"]);
const bytesLike = (value) => value instanceof Uint8Array || value instanceof ArrayBuffer;

/** A returned value as status, headers and body: a Buffer, or an async iterable of bytes. */
async function answerOf(value) {
  if (value instanceof Response) {
    const headers = [...value.headers];
    return { status: value.status, headers, body: value.body === null ? Buffer.alloc(0) : value.body };
  }
  if (value === undefined || value === null) return { status: 204, headers: [], body: Buffer.alloc(0) };
  if (typeof value === "string") return plain(value, "text/plain; charset=utf-8");
  if (bytesLike(value)) return plain(Buffer.from(value), "application/octet-stream");
  if (
    typeof value === "object" &&
    (value[Symbol.asyncIterator] !== undefined || typeof value.next === "function")
  )
    return streamed(value);
  if (Number.isInteger(value.statusCode) && Object.keys(value).every((key) => lambdaKeys.has(key))) {
    const headers = Object.entries(value.headers ?? {}).flatMap(([name, one]) =>
      [one].flat().map((text) => [name.toLowerCase(), String(text)]),
    );
    for (const cookie of value.cookies ?? []) headers.push(["set-cookie", String(cookie)]);
    const isText = typeof value.body === "string" || value.body === undefined || value.body === null;
    const body = isText
      ? Buffer.from(value.body ?? "", value.isBase64Encoded ? "base64" : "utf8")
      : json(value.body);
    if (!isText && !headers.some(([name]) => name === "content-type"))
      headers.push(["content-type", "application/json"]);
    return { status: value.statusCode, headers, body };
  }
  return plain(json(value), "application/json");
}
const plain = (body, type) => ({ status: 200, headers: [["content-type", type]], body: Buffer.from(body) });

function json(value) {
  const seen = [];
  const check = (one, path) => {
    const type = typeof one;
    if (type === "bigint" || type === "function" || type === "symbol")
      throw new Refused("bad_response", `the value at ${path} is a ${type}, which JSON cannot carry`);
    if (type === "number" && !Number.isFinite(one))
      throw new Refused("bad_response", `the value at ${path} is ${one}, which JSON cannot carry`);
    if (type !== "object" || one === null || typeof one.toJSON === "function") return;
    if (one instanceof Map || one instanceof Set)
      throw new Refused(
        "bad_response",
        `the value at ${path} is a ${one.constructor.name}, which JSON cannot carry`,
      );
    if (seen.includes(one)) throw new Refused("bad_response", `the value at ${path} contains itself`);
    if (seen.length > 2000) throw new Refused("bad_response", `the value nests deeper than 2000 levels`);
    seen.push(one);
    for (const key of Object.keys(one)) check(one[key], `${path}.${key}`);
    seen.pop();
  };
  check(value, "$");
  return Buffer.from(JSON.stringify(value));
}

async function streamed(iterable) {
  const items = (iterable[Symbol.asyncIterator] ?? iterable[Symbol.iterator]).call(iterable);
  const first = await items.next();
  const sample = first.value;
  const isObject = typeof sample === "object" && sample !== null && !bytesLike(sample);
  const sse = isObject && ("data" in sample || "event" in sample);
  const type = sse
    ? "text/event-stream"
    : isObject
      ? "application/x-ndjson"
      : typeof sample === "string"
        ? "text/plain; charset=utf-8"
        : "application/octet-stream";
  const text = (item) =>
    sse
      ? event(item)
      : bytesLike(item)
        ? Buffer.from(item)
        : typeof item === "string" && !isObject
          ? Buffer.from(item)
          : Buffer.concat([json(item), Buffer.from("\n")]);
  async function* body() {
    for (let next = first; !next.done; next = await items.next()) yield text(next.value);
  }
  return {
    status: 200,
    headers: [
      ["content-type", type],
      ["cache-control", "no-cache"],
    ],
    body: body(),
    close: () => items.return?.(),
  };
}
function event(item) {
  const data =
    typeof item.data === "string" ? item.data : item.data === undefined ? "" : JSON.stringify(item.data);
  const lines = ["event", "id", "retry"].flatMap((name) =>
    item[name] === undefined ? [] : [`${name}: ${item[name]}`],
  );
  return Buffer.from(`${[...lines, ...data.split("\n").map((line) => `data: ${line}`)].join("\n")}\n\n`);
}

async function sendBytes(call, bytes) {
  for (let at = 0; at < bytes.length; ) {
    while (call.credit <= 0 && !call.over) await new Promise((resolve) => (call.pay = resolve));
    const part = bytes.subarray(at, at + Math.min(payloadMost, call.credit, bytes.length - at));
    send("B", call.number, part);
    call.credit -= part.length;
    at += part.length;
  }
}

async function serve(head, number) {
  const call = {
    number,
    abort: new AbortController(),
    chunks: [],
    bodyEnded: !head.body,
    discard: false,
    wake: null,
    credit: firstCredit,
    pay: null,
    over: false,
    background: [],
    invokes: 0,
    answers: new Map(),
  };
  calls.set(number, call);
  try {
    const answer = await answerOf(await run(head, call));
    output.cork();
    sendJson("H", number, { status: answer.status, headers: answer.headers });
    if (Buffer.isBuffer(answer.body)) await sendBytes(call, answer.body);
    else {
      output.uncork();
      for await (const chunk of answer.body) {
        await sendBytes(call, typeof chunk === "string" ? Buffer.from(chunk) : chunk);
        if (call.abort.signal.aborted) break;
      }
      answer.close?.();
    }
    send("E", number);
  } catch (error) {
    sendJson("X", number, describe(error, error instanceof Refused ? error.code_ : "function_error"));
  }
  while (output.writableCorked > 0) output.uncork();
  call.discard = true;
  for (const chunk of call.chunks.splice(0)) credit(number, chunk.length);
  if (call.background.length > 0) {
    let timer;
    const settled = Promise.allSettled(call.background).then((results) => {
      for (const { reason, status } of results)
        if (status === "rejected") log(number, "stderr", "error", `waitUntil: ${format(reason)}`);
    });
    await Promise.race([settled, new Promise((resolve) => (timer = setTimeout(resolve, waitUntilMs)))]);
    clearTimeout(timer);
  }
  const mark = `\0pulse:${head.nonce}\n`;
  for (const fd of socketMode ? [1, 2] : [2]) {
    try {
      writeSync(fd, mark);
    } catch {
      // User code closed it: nothing more can come from there.
    }
  }
  calls.delete(number);
  sendJson("D", number, {});
}

async function load(given) {
  setup = given;
  const begun = performance.now();
  codeDir = dirname(given.entry);
  Object.assign(process.env, given.env, given.secrets);
  try {
    const module = await import(pathToFileURL(given.entry).href);
    const main = module.default;
    const method = (name) =>
      typeof main === "object" && main !== null && typeof main[name] === "function"
        ? main[name].bind(main)
        : module[name];
    const exports = {
      fetch: typeof main === "function" ? module.fetch : method("fetch"),
      default: typeof main === "function" ? main : undefined,
      handler: method("handler"),
      main: method("main"),
      scheduled: method("scheduled"),
    };
    for (const [name, one] of Object.entries(exports)) if (typeof one !== "function") delete exports[name];
    const kinds = [...new Set(Object.keys(exports).map((name) => (name === "default" ? "fetch" : name)))];
    if (kinds.length === 0) {
      const seen = Object.keys(module).join(", ") || "nothing";
      throw new TypeError(
        `nothing to call: export default (a function, or an object with fetch), handler, main or scheduled; found ${seen}`,
      );
    }
    loaded = { exports, kinds };
    const init = method("init");
    if (typeof init === "function")
      await init({ env: given.env, secrets: given.secrets, function: given.function });
    sendJson("R", 0, {
      ok: true,
      kinds,
      ...(module.schema === undefined ? {} : { schema: module.schema }),
      initMs: performance.now() - begun,
    });
  } catch (error) {
    sendJson("X", 0, describe(error, "init_error"));
  }
}

function receive(type, number, payload) {
  const call = calls.get(number);
  if (type === "Q") void current.run(number, () => serve(JSON.parse(payload), number));
  else if (type === "I") void load(JSON.parse(payload));
  else if (call === undefined) return;
  else if (type === "B") {
    if (call.discard) credit(number, payload.length);
    else call.chunks.push(Buffer.from(payload));
    call.wake?.();
  } else if (type === "E") {
    call.bodyEnded = true;
    call.wake?.();
  } else if (type === "W") {
    call.credit += payload.readUInt32BE(0);
    call.pay?.();
  } else if (type === "C") {
    const { reason } = JSON.parse(payload);
    call.over = true;
    // What listeners print belongs to the call.
    current.run(number, () =>
      call.abort.abort(
        new DOMException(`the call was ${reason === "timed_out" ? "timed out" : reason}`, "AbortError"),
      ),
    );
    call.pay?.();
  } else if (type === "A") {
    const answer = JSON.parse(payload);
    const waiting = call.answers.get(answer.id);
    call.answers.delete(answer.id);
    if (answer.ok) waiting?.resolve(answer.value);
    else waiting?.reject(Object.assign(new Error(answer.message), { code: answer.code }));
  }
}

let buffered = Buffer.alloc(0);
input.on("data", (chunk) => {
  buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk]);
  let at = 0;
  while (buffered.length - at >= 9) {
    const length = buffered.readUInt32BE(at);
    if (length > payloadMost) end(70);
    if (buffered.length - at < 9 + length) break;
    receive(
      String.fromCharCode(buffered[at + 4]),
      buffered.readUInt32BE(at + 5),
      buffered.subarray(at + 9, at + 9 + length),
    );
    at += 9 + length;
  }
  buffered = buffered.subarray(at);
});
input.on("end", () => end(0));
input.on("error", () => end(0));
output.on("error", () => end(0));
process.on("unhandledRejection", (error) => {
  for (const line of format(error).split("\n")) log(0, "stderr", "error", line);
});

// A stem cell has used its module loader, JSON and streams once, so that new code starts warm.
await import("data:text/javascript,export default 1");
await new Response(
  new Request("http://localhost/", { method: "POST", body: JSON.stringify({ warm: [1] }) }).body,
).json();
sendJson("R", 0, { stem: true, language: "typescript", languageVersion: process.versions.node, protocol: 1 });
