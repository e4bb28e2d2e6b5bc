import { makeId } from "@pulse/schema/ids";
import { ProblemError } from "@pulse/schema/problem";
import type { BodyPlace, RequestHead, Trigger } from "@pulse/schema/wire/job";
import type { KeyQuotas } from "@pulse/schema/wire/plans";
import type { Resolved } from "../functions/resolve.ts";
import { sha256Hex } from "../http/encoding.ts";
import type { Hub, Invoked, NewExecution } from "../hub.ts";
import type { Ports } from "../ports.ts";
import { quotaBookOf } from "../usage/quota-book.ts";
import { beginTrace } from "./begin-trace.ts";
import { type CallBody, inlineMost } from "./body.ts";
import { type CallOptions, checkDepth, syncTimeoutMostMs } from "./call-options.ts";
import { keepCallback } from "./callbacks/keep.ts";
import { cancelLeft } from "./cancel-left.ts";
import { startOf } from "./start-after.ts";
import { createExecutionStore } from "./store.ts";

/** The function and version that a call goes to, as the resolver found it. */
export type Target = Resolved;

/** One call of a function, wherever it comes from. */
export interface Call {
  project: string;
  target: Target;
  /** The id of whoever calls: idempotency keys of different credentials do not meet. */
  credential: string;
  /** What this credential's calls may use; absent or null: as much as the project. */
  quotas?: KeyQuotas | null;
  trigger: Trigger;
  request: RequestHead;
  body: CallBody;
  options: CallOptions;
  parentId: string | null;
  /** Whether a caller who leaves before the answer stops the execution; it runs on otherwise. */
  cancelWhenGone?: boolean;
  /** Who is told of its end; absent or null: nobody but the caller. */
  callback?: string | null;
}

/** How a call went. `replayed`: another call with the same idempotency key made this execution. */
export interface Answered {
  id: string;
  outcome: Exclude<Invoked, { kind: "duplicate" }>;
  replayed: boolean;
}

/** Calls stay this long in the queue when nobody is free; the hub gives up earlier when no runner is connected. */
const queueMostMs = 30_000;
const queueLeastMs = 10_000;
/** Preparing a sandbox, and one lease that is lost on the way. */
const preparationMs = 120_000 + 75_000;
const idempotencyMs = 24 * 3_600_000;
const idempotentMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "PUT", "DELETE", "OPTIONS"]);

/** Makes an execution of a call and waits for it as its options say. Throws `ProblemError`; user code that fails is an answer. */
export async function invoke(
  deps: { ports: Ports; hub: Hub },
  call: Call,
  signal: AbortSignal,
): Promise<Answered> {
  checkDepth(call.options.depth);
  checkReady(call.target);
  const now = deps.ports.now();
  const id = makeId("execution", now, deps.ports.random(10));
  const accounted = await admitted(deps, call, id, now);
  return await submit(deps, call, { id, now }, signal).finally(accounted);
}

/** Lets a call in by the quotas of its project and of its key. One that repeats another makes nothing new, so that it has its answer whatever is used up. */
async function admitted(
  deps: { ports: Ports; hub: Hub },
  call: Call,
  id: string,
  now: number,
): Promise<() => void> {
  try {
    return await quotaBookOf(deps).admit(call.project, id, {
      caller: call.credential,
      quotas: call.quotas ?? {},
    });
  } catch (error) {
    const key = call.options.idempotencyKey;
    const store = createExecutionStore(deps.ports.database);
    if (key !== null && (await store.isKeyTaken(call.project, scopeOf(call), key, now)))
      return () => undefined;
    throw error;
  }
}

async function submit(
  deps: { ports: Ports; hub: Hub },
  call: Call,
  { id, now }: { id: string; now: number },
  signal: AbortSignal,
): Promise<Answered> {
  const { ports, hub } = deps;
  const { body, options } = call;
  const idempotency = await idempotencyOf(call, now);
  const execution = executionOf(call, { id, now, idempotency, traceparent: beginTrace(ports, call, id) });
  const stored =
    body.at === "bytes" && body.bytes.length > inlineMost ? createExecutionStore(ports.database) : null;
  if (stored !== null && body.at === "bytes") await stored.keepRequest(call.project, id, body.bytes);
  const callback = await keepCallback(ports, call, id, now);
  const waitMs = waitOf(options, execution.job.timeoutMs);
  const whenLeft = () => {
    if (!call.cancelWhenGone || options.reply !== "wait" || !signal.aborted) return;
    ports.background(cancelLeft(deps, { project: call.project, id }));
  };
  let invoked: Invoked;
  try {
    const stream = body.at === "stream" ? body.stream : null;
    invoked = await hub.invoke({ execution, waitMs, body: stream }, signal);
  } catch (error) {
    // Refused by the hub before it was written, or the caller left: only the first leaves an orphan.
    if (stored !== null && error instanceof ProblemError) ports.background(stored.dropRequest(id));
    if (error instanceof ProblemError) callback.drop();
    whenLeft();
    throw error;
  }
  if (invoked.kind === "accepted") whenLeft();
  if (invoked.kind !== "duplicate") return { id, outcome: invoked, replayed: false };
  if (stored !== null) ports.background(stored.dropRequest(id));
  callback.drop();
  return await join(deps, call, invoked, waitMs, signal);
}

async function join(
  deps: { ports: Ports; hub: Hub },
  call: Call,
  duplicate: Extract<Invoked, { kind: "duplicate" }>,
  waitMs: number,
  signal: AbortSignal,
): Promise<Answered> {
  if (!duplicate.matches) {
    throw new ProblemError(
      "idempotency_mismatch",
      `the idempotency key ${JSON.stringify(call.options.idempotencyKey)} was used for another request`,
      { hint: "Use a new key for every request that differs." },
    );
  }
  if (call.options.reply === "accept") {
    const row = await createExecutionStore(deps.ports.database).kept(duplicate.id);
    const outcome = { kind: "accepted" as const, id: duplicate.id, status: row?.status ?? "queued" };
    return { id: duplicate.id, outcome, replayed: true };
  }
  const joined = await deps.hub.wait({ id: duplicate.id, waitMs }, signal);
  if (joined.kind === "duplicate") throw new Error("a wait cannot end as a duplicate");
  return { id: duplicate.id, outcome: joined, replayed: true };
}

function checkReady({ name, version }: Target): void {
  if (version.status === "ready") return;
  const why = version.status === "failed" ? "its build failed" : "it is still being built";
  throw new ProblemError(
    "version_not_ready",
    `version ${version.number} of ${name} cannot be called: ${why}`,
  );
}

/** Calls wait for their function's timeout, plus what may pass before it starts to count. */
function waitOf(options: CallOptions, timeoutMs: number): number {
  if (options.reply === "accept" || options.reply === "leave") return 0;
  return options.reply === "wait" ? timeoutMs + queueMostMs + preparationMs : options.waitMs;
}

/** Whether the work is given up when nobody can take it soon, and is not tried again after an error. */
function isSync({ reply }: CallOptions): boolean {
  return reply === "wait" || reply === "leave";
}

function timeoutOf(call: Call): number {
  const own = call.target.version.settings.timeout;
  const most = isSync(call.options) ? Math.min(own, syncTimeoutMostMs) : own;
  return Math.min(most, call.options.timeoutMs ?? most);
}

function placeOf(body: CallBody): BodyPlace {
  if (body.at === "none") return { at: "none" };
  if (body.at === "stream") return { at: "piped" };
  return body.bytes.length <= inlineMost
    ? { at: "inline", base64: body.bytes.toBase64() }
    : { at: "stored", bytes: body.bytes.length };
}

function executionOf(
  call: Call,
  made: Pick<NewExecution, "id" | "idempotency"> & { now: number; traceparent: string | null },
): NewExecution {
  const { target, options, body, request } = call;
  const { version, live } = target;
  const { settings } = version;
  const sync = isSync(options);
  const timeoutMs = timeoutOf(call);
  const { id, now, idempotency, traceparent } = made;
  const again = idempotentMethods.has(request.method) || idempotency !== null;
  const runAt = startOf(options.startAfter, now);
  const expiresAt = sync
    ? now + Math.min(queueMostMs, Math.max(queueLeastMs, timeoutMs))
    : runAt + settings.retry.maxAge;
  // Its age counts from its start.
  const retry = { ...settings.retry, maxAge: settings.retry.maxAge + runAt - now };
  return {
    id,
    requires: { runtime: version.runtime, labels: live.labels, arch: null },
    mode: sync ? "sync" : "async",
    pool: live.pool,
    functionId: target.functionId,
    versionId: version.id,
    runAt,
    expiresAt,
    createdAt: now,
    parentId: call.parentId,
    caller: call.parentId === null ? call.credential : null,
    cap:
      live.maxConcurrency === null
        ? null
        : { key: target.functionId, max: live.maxConcurrency, onLimit: live.onLimit },
    retry: options.reply === "accept" ? retry : null,
    idempotency,
    mayRedeliver: body.at !== "stream" && (!sync || again),
    job: {
      kind: "function",
      execution: id,
      project: call.project,
      delivery: settings.delivery,
      timeoutMs,
      deadlineMs: sync ? null : expiresAt,
      traceparent,
      version: version.id,
      bundle: `sha256:${version.bundleSha256}`,
      spec: {
        function: { id: target.functionId, name: target.name, version: version.number, alias: target.alias },
        runtime: version.runtime,
        entry: version.entry,
        settings,
        ...(version.image === null ? {} : { image: version.image }),
        keepAliveMs: live.keepAlive,
        deps: version.depsSha256,
        trigger: call.trigger,
        request,
        body: placeOf(body),
        idempotencyKey: options.idempotencyKey,
        depth: options.depth,
      },
    },
  };
}

/** Idempotency keys of other functions and credentials do not meet. */
function scopeOf({ target, credential }: Call): string {
  return `${target.functionId}:${credential}`;
}

/** The fingerprint is the sha256 of method, path with query, and body. */
async function idempotencyOf(call: Call, now: number): Promise<NewExecution["idempotency"]> {
  const { body, request, options } = call;
  if (options.idempotencyKey === null) return null;
  if (body.at === "stream") throw new Error("a call with an idempotency key has its body read whole");
  const head = new TextEncoder().encode(`${request.method}\n${request.path}\n`);
  const bytes = body.at === "none" ? new Uint8Array() : body.bytes;
  const all = new Uint8Array(head.length + bytes.length);
  all.set(head);
  all.set(bytes, head.length);
  return {
    scope: scopeOf(call),
    key: options.idempotencyKey,
    fingerprint: await sha256Hex(all),
    expiresAt: now + idempotencyMs,
  };
}
