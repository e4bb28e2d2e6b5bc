import { ProblemError } from "@pulse/schema/problem";
import type { ExecutionView } from "@pulse/schema/wire/executions";
import { Webhook } from "standardwebhooks";
import type { Ports } from "../../ports.ts";
import { createExecutionStore } from "../store.ts";
import { viewOf } from "../view.ts";
import { afterTry, type Received } from "./schedule.ts";
import { signingSecrets } from "./secret.ts";
import { createCallbackStore, type DueCallback } from "./store.ts";
import { traceCallback } from "./trace-callback.ts";

/** How long a receiver may take. */
export const tryMs = 15_000;
/** A try that was begun and of which nothing is known is made again after this. */
const claimMs = 60_000;
const atOnce = 8;

/** Sends one POST to a receiver, following no redirect. Rejects when it gives no answer. */
export type Post = (
  url: string,
  request: { headers: Record<string, string>; body: string },
  signal: AbortSignal,
) => Promise<Received>;

type CallbackPorts = Pick<Ports, "database" | "now" | "random" | "log" | "masterKeys" | "tracing">;

/** Makes the tries that are due, some at once; returns how many. A receiver that fails keeps none of the others from theirs. */
export async function deliverDue(ports: CallbackPorts, post: Post, publicUrl: string): Promise<number> {
  const store = createCallbackStore(ports.database);
  const due = await store.due(ports.now(), atOnce);
  await Promise.all(due.map((one) => deliver(ports, post, publicUrl, one)));
  return due.length;
}

/** Steps of one go: what is left waits for the next. */
const stepsMost = 20;

/** Makes the tries that are due, step by step, until none is left or it has been a while; returns when the next is due (epoch ms), or null. */
export async function deliverBacklog(
  ports: CallbackPorts,
  post: Post,
  publicUrl: string,
): Promise<number | null> {
  for (let step = 0; step < stepsMost; step++) {
    if ((await deliverDue(ports, post, publicUrl)) < atOnce) break;
  }
  return await createCallbackStore(ports.database).nextAt();
}

async function deliver(
  ports: CallbackPorts,
  post: Post,
  publicUrl: string,
  callback: DueCallback,
): Promise<void> {
  const store = createCallbackStore(ports.database);
  const { executionId, project, url } = callback;
  if (!(await store.claim(callback, ports.now() + claimMs))) return;
  const row = await createExecutionStore(ports.database).get(project, executionId);
  if (row === null) return;
  const at = ports.now();
  const body = bodyOf(viewOf(row), publicUrl);
  const id = messageId(executionId);
  let received: Received = { status: null, retryAfterMs: null };
  let error: string | null = null;
  let headers: Record<string, string> | null = null;
  try {
    headers = await signedHeaders(ports, project, { id, at, body });
  } catch (cause) {
    if (!(cause instanceof ProblemError)) throw cause;
    // The key may be back at another time; the callbacks of other projects do not wait for it.
    error = "it could not be signed";
    ports.log.warn("a callback could not be signed", { execution: executionId, why: cause.message });
  }
  if (headers !== null) {
    const span = traceCallback(ports, callback, id);
    if (span.traceparent !== null) headers.traceparent = span.traceparent;
    try {
      received = await post(url, { headers, body }, AbortSignal.timeout(tryMs));
      error = errorOf(received.status);
    } catch (cause) {
      // Why exactly is the operator's to know: it would tell a caller what is behind the gateway.
      error = cause instanceof Error && cause.name === "TimeoutError" ? "no answer within 15 s" : "no answer";
      ports.log.warn("a callback got no answer", {
        execution: executionId,
        why: cause instanceof Error ? cause.message : "?",
      });
    }
    span.answered(received.status);
  }
  const { status } = received;
  const now = ports.now();
  const tries = [...callback.tries, { at, status, error, durationMs: now - at }];
  const next = afterTry(callback.attempts + 1, received, now, (ports.random(1)[0] ?? 0) / 256);
  const nextAt = next.status === "waiting" ? next.nextAt : now;
  await store.save(executionId, { status: next.status, nextAt, tries });
}

/** The headers of a callback, signed with the present secret of its project and, for a while, with the one before. Throws `unavailable`. */
async function signedHeaders(
  ports: CallbackPorts,
  project: string,
  { id, at, body }: { id: string; at: number; body: string },
): Promise<Record<string, string>> {
  const { secret, before } = await signingSecrets(ports, project);
  return {
    "content-type": "application/json",
    "user-agent": "Pulse",
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at / 1000)),
    // Standard Webhooks: signatures of several secrets, separated by spaces.
    "webhook-signature": [secret, ...(before === null ? [] : [before])]
      .map((one) => new Webhook(one).sign(id, new Date(at), body))
      .join(" "),
  };
}

/** The `webhook-id` of an execution's callback: the same with each try. */
export function messageId(executionId: string): string {
  return `msg_${executionId}`;
}

function bodyOf(execution: ExecutionView, publicUrl: string): string {
  const url = `${publicUrl}/v1/executions/${execution.id}`;
  return JSON.stringify({
    type: "execution.ended",
    timestamp: execution.endedAt,
    data: { execution, url, resultUrl: `${url}/result` },
  });
}

function errorOf(status: number | null): string | null {
  if (status === null) return "no answer";
  if (status >= 200 && status < 300) return null;
  return status >= 300 && status < 400 ? `${status}: redirects are not followed` : `answered ${status}`;
}
