import { ProblemError } from "@pulse/schema/problem";
import type { FunctionSpec, HeaderList } from "@pulse/schema/wire/job";
import { actorOf } from "../http/actor.ts";
import type { Deps, Principal } from "../http/context.ts";
import { requireMay } from "../http/require-may.ts";
import { rerun } from "../workflows/rerun/rerun.ts";
import { admitting } from "../workflows/runs/admit-run.ts";
import { runLogOf } from "../workflows/runs/run-log.ts";
import type { CallBody } from "./body.ts";
import { type Answered, invoke, type Target } from "./invoke.ts";
import { createExecutionStore } from "./store.ts";

/** What a replay changes: another version (number or alias), another input. */
export interface ReplayChanges {
  version?: number | string | undefined;
  input?: unknown;
  /** Of a workflow: the step to begin with, whose predecessors keep their results. */
  fromStep?: string | undefined;
  /** Of a workflow: only what failed. */
  onlyFailed?: boolean | undefined;
}

/** What a replay is known by: asked for again under the same key it is the same one. `bulk`: the key of many that were asked for at once. */
export interface ReplayKey {
  idempotencyKey: string | null;
  bulk?: string;
  /** How many calls through the gateway led here; 0. */
  calls?: number;
}

/** Finds the version to run; `createResolver(deps).resolve`. */
export type Resolve = (project: string, reference: string) => Promise<Target>;

/**
 * Runs an execution again as a new one, with the request it had or another input, on its version or another. Throws `not_found`,
 * and `conflict` when it is no call of a version or its request is not kept. That of a workflow may begin with one of its steps.
 */
export async function replay(
  deps: Deps,
  resolve: Resolve,
  principal: Principal,
  id: string,
  changes: ReplayChanges,
  { idempotencyKey, bulk, calls = 0 }: ReplayKey,
  signal: AbortSignal,
): Promise<Answered> {
  const store = createExecutionStore(deps.ports.database);
  const row = await store.job(principal, id);
  if (row === null) throw new ProblemError("not_found", `there is no execution ${id}`);
  const { job } = row;
  if (row.kind === "workflow") {
    const key = { idempotencyKey, calls, ...(bulk === undefined ? {} : { bulk }) };
    return await again(deps, principal, id, changes, key);
  }
  refuseParts(changes);
  if (job.kind !== "function") {
    throw new ProblemError(
      "conflict",
      `execution ${id} is a ${row.kind}; only calls of functions and workflows can be run again`,
    );
  }
  const { spec } = job;
  if (spec.trigger.type === "draft" && changes.version === undefined) {
    throw new ProblemError(
      "conflict",
      `execution ${id} ran a draft, which is no version that could run again`,
      {
        hint: 'Run the draft again, or name a "version".',
      },
    );
  }
  const reference = `${spec.function.name}@${changes.version ?? spec.function.version}`;
  const target = await resolve(principal.project, reference);
  const { project } = principal;
  requireMay(principal, "execute", { project, name: target.name, permissions: target.live.permissions });
  const changed = "input" in changes && changes.input !== undefined;
  const { request, body } = changed
    ? requestWith(spec, changes.input)
    : { request: spec.request, body: await keptBody(deps, id, spec) };
  return await invoke(
    deps,
    {
      project,
      target,
      credential: principal.id,
      trigger: { type: "replay", of: id, by: actorOf(principal), ...(bulk === undefined ? {} : { bulk }) },
      request,
      body,
      options: {
        reply: "accept",
        waitMs: 0,
        timeoutMs: null,
        idempotencyKey,
        depth: calls,
        traceparent: job.traceparent,
        applied: null,
      },
      parentId: null,
    },
    signal,
  );
}

/** Runs a workflow's execution again. */
async function again(
  { ports, hub }: Pick<Deps, "ports" | "hub">,
  principal: Principal,
  id: string,
  { onlyFailed = false, ...changes }: ReplayChanges,
  key: ReplayKey,
): Promise<Answered> {
  const asked = { ...changes, onlyFailed };
  const admit = admitting({ ports, hub }, principal);
  const made = await rerun(ports, runLogOf(ports), principal, id, asked, key, admit);
  // It is on disk: if the word gets lost, the engine finds it by itself.
  ports.background(hub.changed({ project: principal.project }));
  const outcome = { kind: "accepted", id: made.id, status: "running" } as const;
  return { id: made.id, outcome, replayed: made.isRepeated };
}

/** A call has no steps. */
function refuseParts({ fromStep, onlyFailed }: ReplayChanges): void {
  const pointer = fromStep !== undefined ? "/fromStep" : onlyFailed === true ? "/onlyFailed" : null;
  if (pointer === null) return;
  const detail = "is for executions of workflows";
  throw new ProblemError("validation_failed", `${pointer}: ${detail}`, { errors: [{ pointer, detail }] });
}

function requestWith(
  spec: FunctionSpec,
  input: unknown,
): { request: FunctionSpec["request"]; body: CallBody } {
  const bytes = new TextEncoder().encode(JSON.stringify(input));
  const about = new Set(["content-type", "content-length", "content-encoding"]);
  const headers: HeaderList = spec.request.headers.filter(([name]) => !about.has(name));
  headers.push(["content-type", "application/json"], ["content-length", String(bytes.length)]);
  const method =
    spec.request.method === "GET" || spec.request.method === "HEAD" ? "POST" : spec.request.method;
  return { request: { ...spec.request, method, headers }, body: { at: "bytes", bytes } };
}

async function keptBody(deps: Deps, id: string, spec: FunctionSpec): Promise<CallBody> {
  const { body } = spec;
  if (body.at === "none") return { at: "none" };
  if (body.at === "inline") return { at: "bytes", bytes: Uint8Array.fromBase64(body.base64) };
  const bytes =
    body.at === "stored" ? await createExecutionStore(deps.ports.database).payload(id, "request") : null;
  if (bytes !== null) return { at: "bytes", bytes };
  if (body.at === "stored") {
    throw new ProblemError(
      "gone",
      `the request body of execution ${id} is no longer kept: the project keeps payloads for a time only`,
      {
        hint: 'Give another "input" to run it again; `pulse retention show` says how long payloads are kept.',
      },
    );
  }
  throw new ProblemError("conflict", `the request body of execution ${id} is not kept`, {
    hint: 'Give another "input" to run it again.',
  });
}
