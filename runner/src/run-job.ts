import { ProblemError } from "@pulse/schema/problem";
import { emitFromJob } from "@pulse/schema/wire/emit";
import type { Job, Outcome } from "@pulse/schema/wire/job";
import { kvFromJob } from "@pulse/schema/wire/kv";
import { invokeFromJob } from "@pulse/schema/wire/runner-protocol";
import { askToStart } from "./ask-to-start.ts";
import { openBody, type Sent, sendResponse } from "./bodies.ts";
import type { Clock } from "./clock.ts";
import type { Finished } from "./completions.ts";
import type { Contents } from "./contents.ts";
import type { GatewayLink } from "./gateway.ts";
import { LogShipper } from "./log-shipper.ts";
import { maskLines, maskOutcome } from "./masking/mask-job.ts";
import type { Masker } from "./masking/masker.ts";
import type { MaskerShelf } from "./masking/masker-shelf.ts";
import type { Gate } from "./policy/gate.ts";
import type { SecretSource } from "./secrets.ts";
import type { CommandPlace } from "./shell/command-place.ts";
import { readEarlier } from "./spool/earlier-log.ts";
import type { Spool } from "./spool/spool.ts";
import type { AttemptEnd, JobLink, Workshop } from "./work.ts";

const defaultLogBytes = 10 * 2 ** 20;

/** What a job runs with. */
export interface JobContext {
  link: GatewayLink;
  clock: Clock;
  contents: Contents;
  workshop: Workshop;
  commands: CommandPlace;
  spool: Spool;
  instanceId: string;
  secrets: SecretSource;
  maskers: MaskerShelf;
  gate: Gate;
  warn: (line: string) => void;
}

/** Runs one job to its outcome; never throws for what user code does. Null: it is no longer ours, or was over before it began. */
export async function runJob(
  given: Job,
  context: JobContext,
  stop: AbortController,
): Promise<Finished | null> {
  const { link } = context;
  const { signal } = stop;
  const isLeft = given.kind === "command" && context.commands.isLeft(given);
  const job = given.delivery === "atMostOnce" && !isLeft ? await askToStart(given, context, signal) : given;
  if (job === null) return null;
  const { execution, fence } = job;
  const ours = whileOurs(signal);
  const left = isLeft ? context.spool.takeLeft(job) : null;
  const earlier = left === null ? null : await readEarlier(left);
  // What runs already is not refused any more.
  const refusal = isLeft ? null : refusalOf(job, context);
  const shipper = new LogShipper({
    ...{ link, job, earlier },
    file: earlier?.file ?? context.spool.logOf(job),
    mostBytes: (refusal === null ? job.spec.settings.logs?.max : null) ?? defaultLogBytes,
    signal: ours,
    onCancelled: () => stop.abort("cancelled"),
  });
  const { secrets, masker, end: refused } = refusal ?? (await openedFor(job, context));
  const lines = maskLines(masker, (line) => shipper.add(line));
  let sent: Promise<Sent> | null = null;
  const jobLink: JobLink = {
    openBody: (bodySignal) => openBody(job, link, bodySignal),
    log: lines.add,
    respond(head, body) {
      sent = sendResponse(job, link, { head, body }, ours);
    },
    async invoke(name, input, callSignal) {
      const body = { name, input: input as never };
      const params = { id: execution };
      const answer = await link.call(invokeFromJob, {
        params,
        fence,
        body,
        signal: callSignal,
        mostMs: null,
      });
      return { status: answer.status, value: answer.value };
    },
    async emit(name, data, key, callSignal) {
      const body = { name, data: data as never, key };
      return await link.call(emitFromJob, {
        ...{ params: { id: execution }, fence, body, signal: callSignal, mostMs: null },
      });
    },
    async kv(asked, callSignal) {
      // The gateway parses it, and says what is wrong with it.
      const body = asked as never;
      return (await link.call(kvFromJob, { params: { id: execution }, fence, body, signal: callSignal }))
        .value;
    },
    secrets: async () => secrets,
    content: (sha256, contentSignal) => context.contents.get(sha256, contentSignal),
    built: (buildKey, builtSignal) => context.contents.built(buildKey, builtSignal),
    upload: (path, sha256, uploadSignal) => context.contents.put(path, sha256, uploadSignal),
  };
  const run = () => {
    if (job.kind === "build") return context.workshop.build(job, jobLink, signal);
    if (job.kind === "function") return context.workshop.run(job, jobLink, signal);
    const hide = () => masker?.stream() ?? unmasked;
    const commandLink = { ...jobLink, hide, earlier: earlier?.lines ?? [] };
    return context.commands.run(job, commandLink, signal);
  };
  const end = refused ?? (await run().catch((error: unknown): AttemptEnd => brokenRunner(error)));
  if (end === null) {
    lines.end();
    await shipper.pause();
    return null;
  }
  const whole = withResponse(end, await (sent as Promise<Sent> | null), signal.aborted);
  const outcome = maskOutcome(masker, whole);
  lines.end();
  const { inline, lastSeq, bytes } = await shipper.end();
  if (ours.aborted) return null;
  const completion = { execution, fence, outcome: { ...outcome, logs: { lastSeq, bytes } } };
  return {
    completion: inline === null ? completion : { ...completion, logs: inline },
    logsSent: () => shipper.sent(),
    resendLogs: (seq) => shipper.resend(seq),
  };
}

const unmasked = { add: (part: string) => part, end: () => "" };

interface Opened {
  secrets: Record<string, string>;
  masker: Masker | null;
  end: AttemptEnd | null;
}

/** How a job ends that may not run on this machine; null: it may. */
function refusalOf(job: Job, { gate, workshop }: JobContext): Opened | null {
  const refusal = gate.refusalOf(job, workshop.capabilities.includes("process") ? "process" : "docker");
  return refusal === null
    ? null
    : { secrets: {}, masker: null, end: failedBefore("refused_by_runner", refusal) };
}

/** The secrets of a job and what hides them in its log; or how it ends, because they are not to be had. */
async function openedFor(job: Job, { secrets: source, maskers }: JobContext): Promise<Opened> {
  try {
    const secrets = await source.of(job);
    return { secrets, masker: maskers.of(Object.values(secrets)), end: null };
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== "secret_unavailable") {
      return { secrets: {}, masker: null, end: brokenRunner(error) };
    }
    const end = failedBefore("secret_unavailable", error.message);
    return { secrets: {}, masker: null, end };
  }
}

/** Logs and responses of a cancelled job still go out; those of a job that is someone else's do not. */
function whileOurs(signal: AbortSignal): AbortSignal {
  const ours = new AbortController();
  const check = () => {
    if (signal.reason === "fenced") ours.abort(signal.reason);
  };
  if (signal.aborted) check();
  else signal.addEventListener("abort", check, { once: true });
  return ours.signal;
}

/** A response that did not arrive whole is no success. Where nobody asked to cancel, a cancelled attempt is one whose response found no reader. */
function withResponse(end: AttemptEnd, sent: Sent | null, isStopped: boolean): Omit<Outcome, "logs"> {
  if (sent === null) return { ...end, response: null };
  if ("response" in sent) return { ...end, response: sent.response };
  const { error, streaming } = sent;
  const truncated = end.truncated || streaming;
  const foundNoReader = end.status === "cancelled" && !isStopped;
  if (end.status !== "succeeded" && !foundNoReader) return { ...end, truncated, response: null };
  const known = error instanceof ProblemError ? error.code : null;
  if (known === "cancelled" || known === "gone") {
    const message = "the caller left before the response had ended";
    const why = { code: "cancelled", message, source: "platform" as const };
    return { ...end, status: "cancelled", reason: "cancelled", error: why, truncated, response: null };
  }
  const reason = known === "payload_too_large" ? "payload_too_large" : "infrastructure";
  const detail = error instanceof Error ? error.message : String(error);
  const why = {
    code: reason,
    message: `the response could not be passed on: ${detail}`,
    source: "platform" as const,
  };
  return { ...end, status: "failed", reason, error: why, truncated, response: null };
}

function brokenRunner(error: unknown): AttemptEnd {
  const message = error instanceof Error ? error.message : String(error);
  return failedBefore("infrastructure", `the runner failed: ${message}`);
}

function failedBefore(
  reason: "infrastructure" | "secret_unavailable" | "refused_by_runner",
  message: string,
): AttemptEnd {
  return {
    status: "failed",
    reason,
    error: { code: reason, message, source: "platform" },
    permanent: reason === "refused_by_runner",
    retryAfterMs: null,
    built: null,
    timing: {},
    truncated: false,
  };
}
