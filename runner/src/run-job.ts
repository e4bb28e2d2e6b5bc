import { createHash } from "node:crypto";
import { ProblemError } from "@pulse/schema/problem";
import type { HeaderList, Job, Outcome, OutcomeResponse } from "@pulse/schema/wire/job";
import { type Completion, invokeFromJob, request, response, start } from "@pulse/schema/wire/runner-protocol";
import type { Contents } from "./contents.ts";
import type { GatewayLink } from "./gateway.ts";
import { LogShipper } from "./log-shipper.ts";
import type { AttemptEnd, JobLink, Workshop } from "./work.ts";

const inlineMostBytes = 256 * 1024;
const inlineWithinMs = 10;
const defaultLogBytes = 10 * 2 ** 20;

/** What a job runs with. */
export interface JobContext {
  link: GatewayLink;
  contents: Contents;
  workshop: Workshop;
  instanceId: string;
}

/** Runs one job to its completion; never throws for what user code does. Null: the gateway gave it to someone else. */
export async function runJob(job: Job, context: JobContext, signal: AbortSignal): Promise<Completion | null> {
  const { link } = context;
  const { execution, fence } = job;
  if (job.delivery === "atMostOnce") {
    try {
      await link.call(start, {
        params: { id: execution },
        fence,
        body: { instanceId: context.instanceId },
        signal,
      });
    } catch (error) {
      if (error instanceof ProblemError && (error.code === "fenced" || error.code === "cancelled"))
        return null;
      throw error;
    }
  }
  const mostBytes = job.spec.settings.logs?.max ?? defaultLogBytes;
  // Logs and responses of a cancelled job still go out: only the end of the runner stops them.
  const shipper = new LogShipper(link, job, mostBytes, new AbortController().signal);
  const sent: { response: Promise<OutcomeResponse | null> } = { response: Promise.resolve(null) };
  const jobLink: JobLink = {
    openBody: (bodySignal) => openBody(job, link, bodySignal),
    log: (line) => shipper.add(line),
    respond(head, body) {
      sent.response = sendResponse(job, link, head, body).catch(() => null);
    },
    async invoke(name, input, callSignal) {
      const body = { name, input: input as never };
      const answer = await link.call(invokeFromJob, {
        params: { id: execution },
        fence,
        body,
        signal: callSignal,
      });
      return { status: answer.status, value: answer.value };
    },
    content: (sha256, contentSignal) => context.contents.get(sha256, contentSignal),
    upload: (path, sha256, uploadSignal) => context.contents.put(path, sha256, uploadSignal),
  };
  const run =
    job.kind === "build"
      ? context.workshop.build(job, jobLink, signal)
      : context.workshop.run(job, jobLink, signal);
  const end = await run.catch((error: unknown): AttemptEnd => brokenRunner(error));
  const answered = await sent.response;
  const { inline, lastSeq, bytes } = await shipper.end();
  const outcome: Outcome = { ...end, response: answered, logs: { lastSeq, bytes } };
  return { execution, fence, outcome, ...(inline === null ? {} : { logs: inline }) };
}

function brokenRunner(error: unknown): AttemptEnd {
  const message = error instanceof Error ? error.message : String(error);
  return {
    status: "failed",
    reason: "infrastructure",
    error: { code: "infrastructure", message: `the runner failed: ${message}`, source: "platform" },
    permanent: false,
    retryAfterMs: null,
    built: null,
    timing: {},
    truncated: false,
  };
}

async function openBody(
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

/** A response that ends at once and is small rides with the completion; anything else is piped as it comes. */
async function sendResponse(
  job: Job,
  link: GatewayLink,
  head: { status: number; headers: HeaderList },
  body: ReadableStream<Uint8Array>,
): Promise<OutcomeResponse> {
  const reader = body.getReader();
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const hash = createHash("sha256");
  let reading = reader.read();
  let slow: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    slow = setTimeout(() => resolve("late"), inlineWithinMs);
  });
  try {
    for (;;) {
      const next = await Promise.race([reading, late]);
      if (next === "late") break;
      if (next.done) return { ...head, body: { base64: Buffer.concat(parts).toString("base64") } };
      parts.push(next.value);
      bytes += next.value.length;
      reading = reader.read();
      if (bytes > inlineMostBytes) break;
    }
  } finally {
    clearTimeout(slow);
  }
  for (const part of parts) hash.update(part);
  const raw = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const first = parts.shift();
      if (first !== undefined) return controller.enqueue(first);
      const { done, value } = await reading;
      if (done) return controller.close();
      bytes += value.length;
      hash.update(value);
      controller.enqueue(value);
      reading = reader.read();
    },
    cancel: (reason) => reader.cancel(reason),
  });
  const encoded = Buffer.from(JSON.stringify(head)).toString("base64url");
  const headers = { "content-type": "application/octet-stream", "pulse-response-head": encoded };
  const signal = new AbortController().signal;
  await link.call(response, { params: { id: job.execution }, fence: job.fence, raw, headers, signal });
  return { ...head, body: { streamed: true, bytes, sha256: hash.digest("hex") } };
}
