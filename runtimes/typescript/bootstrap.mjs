// Loads a user's code and answers calls to it: the TypeScript side of ../PROTOCOL.md. Standard library only.
import { spawnSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { Call, contextOf } from "./bootstrap/call.mjs";
import { report, setCodeFolder, sourceOf, trace } from "./bootstrap/errors.mjs";
import { flush, frameMost, isSocket, line, send, sendCut, write } from "./bootstrap/frames.mjs";
import { inputSchemaOf } from "./bootstrap/input-schema.mjs";
import { inspect } from "./bootstrap/inspect.mjs";
import { within } from "./bootstrap/own-requests.mjs";
import { printFor, prints } from "./bootstrap/prints.mjs";
import { eventOf, requestOf } from "./bootstrap/request.mjs";
import { respond } from "./bootstrap/respond.mjs";

process.setSourceMapsEnabled(false);
Error.stackTraceLimit = 30;

const calls = new Map();
let version = {};
let isAlone = true;

let targets = {};
async function serve(call) {
  const { id, head } = call;
  const ctx = contextOf(call, version);
  try {
    const isScheduled = head.trigger.type === "schedule" && targets.scheduled;
    const kind = isScheduled ? "scheduled" : Object.keys(targets)[0];
    await within(call, isAlone, async () => respond(call, await targets[kind](call, ctx)));
    send("E", id, "");
  } catch (error) {
    sendCut("X", id, report(error, "function_error"));
  }
  call.isOver = true;
  for (const chunk of call.chunks.splice(0)) call.consumed(chunk.length);
  call.wake();
  const markOutput = () => {
    for (const stream of prints) stream.endLine();
    for (const fd of isSocket ? [1, 2] : [2]) write(fd, sentinel, 500);
  };
  const sentinel = Buffer.from(`\0pulse:${head.nonce}\n`);
  markOutput();
  if (call.tasks.length > 0) {
    const done = (async () => {
      for (let at = 0; at < call.tasks.length; at++) await call.tasks[at];
    })();
    const limit = new AbortController();
    await Promise.race([
      done,
      pause(30_000, undefined, { signal: limit.signal, ref: false }).catch(() => {}),
    ]);
    limit.abort();
    markOutput();
  }
  send("D", id, "{}");
  calls.delete(id);
  call.isDone = true;
  if (isAlone) printFor(0);
  flush();
}

/** What the exports offer, in order of preference: each takes a call and its ctx. */
function targetsOf(exported) {
  const standard = exported.default;
  const pick = (name) => {
    if (typeof standard?.[name] === "function") return standard[name].bind(standard);
    return typeof exported[name] === "function" ? exported[name] : undefined;
  };
  const [fetch, handler, main, scheduled] = ["fetch", "handler", "main", "scheduled"].map(pick);
  const found = {};
  if (fetch) found.fetch = (call, ctx) => fetch(requestOf(call, call.body(), ctx), ctx.env, ctx);
  else if (typeof standard === "function")
    found.fetch = (call, ctx) => standard(requestOf(call, call.body(), ctx), ctx);
  if (handler) found.handler = async (call, ctx) => handler(await eventOf(call, call.body()), ctx);
  if (main) found.main = async (call, ctx) => main(await eventOf(call, call.body()), ctx);
  if (scheduled) {
    found.scheduled = ({ head: { trigger } }, ctx) =>
      scheduled(
        { scheduledTime: trigger.scheduledTime, cron: trigger.cron, input: trigger.input ?? null },
        ctx,
      );
  }
  if (Object.keys(found).length > 0) return [found, pick("init")];
  const seen = Object.entries(exported).map(([name, one]) => `${name} (${typeof one})`);
  throw new TypeError(
    `nothing here can be called. Export one of: default (a function, or an object with fetch), fetch, handler, main, scheduled. Found: ${seen.join(", ") || "no exports"}`,
  );
}
/** What knows handlers that were written for another platform. */
async function styleOf(init) {
  if (init.lambda) return import("./bootstrap/lambda.mjs");
  return init.openwhisk ? import("./bootstrap/openwhisk.mjs") : undefined;
}

async function load(init) {
  const begun = performance.now();
  version = { ...init, secrets: { ...init.secrets }, env: { ...init.env, ...init.secrets } };
  isAlone = (init.concurrency ?? 1) === 1;
  Object.assign(process.env, version.env);
  try {
    const style = await styleOf(init);
    style?.setVariables(init);
    const entry = realpathSync(init.entry);
    setCodeFolder(dirname(entry));
    const exported = await import(pathToFileURL(entry).href);
    const [found, prepare] = (style?.targetsOf ?? targetsOf)(exported, init);
    targets = found;
    await prepare?.(contextOf(new Call(0, { body: false }), version));
    const schema = inputSchemaOf(exported.schema);
    const ready = { ok: true, kinds: Object.keys(targets), schema, initMs: performance.now() - begun };
    if (!send("R", 0, JSON.stringify(ready)))
      throw new RangeError("the exported schema is over 64 KiB of JSON");
  } catch (error) {
    sendCut("X", 0, { ...report(error, "init_error"), ...placeOf(error, init.entry) });
  }
  for (const stream of prints) stream.endLine();
  flush();
}
/** Node tells where an ES module does not parse only to stderr, and who imports what is missing only in words. */
function placeOf(error, entry) {
  const importer = /imported from (\S+)$/m.exec(error?.message ?? "")?.[1];
  if (importer) return { file: sourceOf(importer, 1, 1)[0] };
  if (!(error instanceof SyntaxError) || trace(error.stack).file) return {};
  const { file, line } = trace(String(spawnSync(process.execPath, ["--check", entry]).stderr));
  return file ? { file, line } : {};
}

const fresh = [];
/** JSON where JSON is due; else nothing more of the line can be trusted. */
function parse(payload) {
  try {
    return JSON.parse(payload);
  } catch {
    return process.exit(70);
  }
}

const receivers = {
  I: (_call, payload) => void load(parse(payload)),
  Q(_call, payload, id) {
    const call = new Call(id, parse(payload));
    calls.set(id, call);
    if (isAlone) printFor(id);
    fresh.push(call);
  },
  B(call, payload) {
    if (call.isOver) call.consumed(payload.length);
    else call.chunks.push(payload);
  },
  E: (call) => Object.assign(call, { hasAll: true }),
  W: (call, payload) => Object.assign(call, { credit: call.credit + payload.readUInt32BE() }),
  C(call, payload) {
    const { reason } = parse(payload);
    call.reason ??= new DOMException(reason, reason === "timed_out" ? "TimeoutError" : "AbortError");
    call.controller?.abort(call.reason);
  },
  A(call, payload) {
    const { id, ok, value, code, message } = parse(payload);
    if (ok) call.asked.get(id)?.resolve(value);
    else call.asked.get(id)?.reject(Object.assign(new Error(message), { name: "InvokeError", code }));
    call.asked.delete(id);
  },
};
let rest = Buffer.alloc(0);
line.on("data", (chunk) => {
  const data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
  let at = 0;
  for (let end; data.length - at >= 9; at = end) {
    end = at + 9 + data.readUInt32BE(at);
    if (end - at > frameMost + 9) process.exit(70);
    if (end > data.length) break;
    const id = data.readUInt32BE(at + 5);
    const type = String.fromCharCode(data[at + 4]);
    const call = calls.get(id);
    if (type === "I" || type === "Q" || (call && type in receivers))
      receivers[type](call, data.subarray(at + 9, end), id);
    call?.wake();
  }
  rest = data.subarray(at);
  for (const call of fresh.splice(0)) void serve(call);
});
for (const end of ["end", "error", "close"]) line.on(end, () => process.exit(0));
process.on("exit", flush);
process.on("uncaughtException", (error) => {
  if (process.listenerCount("uncaughtException") > 1) return;
  process.stderr.write(`${report(error).stack ?? inspect(error)}\n`);
  process.exit(1);
});

const { PULSE_EGRESS_SOCKET: proxy } = process.env;
delete process.env.PULSE_EGRESS_SOCKET;
if (proxy) await (await import("./bootstrap/egress.mjs")).startEgress(proxy);
// What every function needs is used once before there is one.
await import("data:text/javascript,export default 1");
await new Response(
  new Request("http://localhost/", { method: "POST", body: JSON.stringify({ warm: [1] }) }).body,
).json();
send(
  "R",
  0,
  JSON.stringify({ stem: true, language: "typescript", languageVersion: process.versions.node, protocol: 1 }),
);
