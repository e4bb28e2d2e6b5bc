import { ProblemError } from "@pulse/schema/problem";
import type { HeaderList } from "@pulse/schema/wire/job";
import type { Deps } from "../http/context.ts";
import { gather } from "../http/gather.ts";
import { jsonOrText } from "../http/json-or-text.ts";
import { tooLarge } from "../http/read-body.ts";
import { storedMost } from "./body.ts";
import { invoke } from "./invoke.ts";
import { answerOf } from "./outcome-response.ts";
import type { Resolve } from "./replay.ts";
import { createExecutionStore } from "./store.ts";

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** A call that a running job makes to another function of its project. */
export interface ChildCall {
  project: string;
  /** The execution that calls, and how deep it lies itself. */
  parent: string;
  depth: number;
  /** `name` or `name@version-or-alias`. */
  name: string;
  input: Json;
  /** What it is a part of. */
  traceparent: string | null;
}

/**
 * `ctx.invoke`: calls a function as the child of a job and returns its answer's status and value (JSON where it is JSON, else text).
 * Throws the problem of the status table when the function did not answer.
 */
export async function invokeChild(
  deps: Deps,
  resolve: Resolve,
  call: ChildCall,
  signal: AbortSignal,
): Promise<{ execution: string; status: number; value: Json }> {
  const target = await resolve(call.project, call.name);
  const bytes = new TextEncoder().encode(JSON.stringify(call.input));
  const headers: HeaderList = [
    ["content-type", "application/json"],
    ["content-length", String(bytes.length)],
  ];
  const { id, outcome } = await invoke(
    deps,
    {
      project: call.project,
      target,
      credential: call.parent,
      trigger: { type: "invoke", by: call.parent },
      request: { method: "POST", url: `${deps.config.publicUrl}/f/${target.name}`, path: "/", headers },
      body: { at: "bytes", bytes },
      options: {
        reply: "wait",
        waitMs: 0,
        timeoutMs: null,
        idempotencyKey: null,
        depth: call.depth + 1,
        traceparent: call.traceparent,
        applied: null,
      },
      parentId: call.parent,
    },
    signal,
  );
  if (outcome.kind === "accepted") {
    throw new ProblemError("timed_out", `execution ${id} had not finished when the wait for it ended`);
  }
  if (outcome.kind === "streaming") {
    const body = await gather(outcome.body, storedMost, tooLarge);
    return { execution: id, status: outcome.status, value: jsonOrText<Json>(outcome.headers, body) };
  }
  const answer = answerOf(outcome.execution);
  if (answer.kind === "problem")
    throw new ProblemError(answer.code, answer.detail, { members: { execution: id } });
  if (answer.kind === "not_kept") return { execution: id, status: 204, value: null };
  const { status, base64 } = answer;
  const body =
    base64 === null
      ? await createExecutionStore(deps.ports.database).payload(id, "response")
      : Uint8Array.fromBase64(base64);
  return { execution: id, status, value: jsonOrText<Json>(answer.headers, body ?? new Uint8Array()) };
}
