import { createHash } from "node:crypto";
import type { HeaderList, Job, OutcomeResponse } from "@pulse/schema/wire/job";
import { request, response } from "@pulse/schema/wire/runner-protocol";
import type { GatewayLink } from "./gateway.ts";

const inlineMostBytes = 256 * 1024;
const inlineWithinMs = 10;

/** How a response left: for the completion to carry (inline, or the sum of what was streamed), or not at all. */
export type Sent =
  | { response: OutcomeResponse }
  /** `streaming`: its head had been handed on already. */
  | { error: unknown; streaming: boolean };

/** The request body of a job; null when there is none. */
export async function openBody(
  job: Job,
  link: GatewayLink,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array> | null> {
  if (job.kind !== "function") return null;
  const { body } = job.spec;
  if (body.at === "none") return null;
  if (body.at === "inline") {
    const bytes = new Uint8Array(Buffer.from(body.base64, "base64"));
    return new ReadableStream({
      start(controller) {
        if (bytes.length > 0) controller.enqueue(bytes);
        controller.close();
      },
    });
  }
  const answer = await link.open(request, { params: { id: job.execution }, fence: job.fence, signal });
  return answer.body;
}

/** A response that ends at once and is small rides with the completion; anything else is piped as it comes. Never rejects. */
export async function sendResponse(
  job: Job,
  link: GatewayLink,
  { head, body }: { head: { status: number; headers: HeaderList }; body: ReadableStream<Uint8Array> },
  signal: AbortSignal,
): Promise<Sent> {
  const reader = body.getReader();
  const begun = await readBeginning(reader).catch((error: unknown) => ({ error }));
  if ("error" in begun) return { error: begun.error, streaming: false };
  if (begun.next === null) {
    const base64 = Buffer.concat(begun.parts).toString("base64");
    return { response: { ...head, body: { base64 } } };
  }
  const { parts } = begun;
  let { next } = begun;
  let bytes = 0;
  const hash = createHash("sha256");
  const pass = (chunk: Uint8Array) => {
    bytes += chunk.length;
    hash.update(chunk);
    return chunk;
  };
  const raw = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const first = parts.shift();
      if (first !== undefined) return controller.enqueue(pass(first));
      const { done, value } = await next;
      if (done) return controller.close();
      controller.enqueue(pass(value));
      next = handled(reader.read());
    },
    cancel: (reason) => reader.cancel(reason),
  });
  const encoded = Buffer.from(JSON.stringify(head)).toString("base64url");
  const headers = { "content-type": "application/octet-stream", "pulse-response-head": encoded };
  try {
    const params = { id: job.execution };
    await link.call(response, { params, fence: job.fence, raw, headers, signal, mostMs: null });
    return { response: { ...head, body: { streamed: true, bytes, sha256: hash.digest("hex") } } };
  } catch (error) {
    await reader.cancel(error).catch(() => undefined);
    return { error, streaming: true };
  }
}

/** Reads until the body has ended (`next` null), 10 ms have passed, or it is too large to ride along. */
async function readBeginning(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<{
  parts: Uint8Array[];
  next: Promise<ReadableStreamReadResult<Uint8Array>> | null;
}> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  let slow: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    // A busy machine finds the timer and the body due at once: then the body counts.
    slow = setTimeout(() => setImmediate(() => setImmediate(() => resolve("late"))), inlineWithinMs);
  });
  try {
    for (;;) {
      const next = reader.read();
      const seen = await Promise.race([next, late]);
      if (seen === "late") return { parts, next: handled(next) };
      if (seen.done) return { parts, next: null };
      parts.push(seen.value);
      bytes += seen.value.length;
      if (bytes > inlineMostBytes) return { parts, next: handled(reader.read()) };
    }
  } finally {
    clearTimeout(slow);
  }
}

/** What goes wrong is told by whoever awaits it, maybe later. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
