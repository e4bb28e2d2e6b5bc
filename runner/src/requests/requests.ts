import { plainUrl } from "@pulse/schema/outgoing/plain-url";
import { ProblemError } from "@pulse/schema/problem";
import type { Reason } from "@pulse/schema/status";
import type { RequestAnswer, RequestWork } from "@pulse/schema/wire/command";
import type { Gate } from "../policy/gate.ts";
import type { CommandLink, CommandPlace } from "../shell/command-place.ts";
import { filledIn } from "../shell/given-variables.ts";
import type { AttemptEnd, CommandJob } from "../work.ts";
import { NoAnswer, send } from "./send.ts";

type Hide = (text: string) => string;

/**
 * Makes the requests of `http` steps with targets, in this process: one that is under way when the process ends is gone, and nobody knows
 * whether it arrived.
 */
export class Requests implements CommandPlace {
  readonly #gate: Pick<Gate, "refusalOfCall">;
  readonly #open = new Set<Promise<unknown>>();

  /** `gate` knows where requests may go. */
  constructor(gate: Pick<Gate, "refusalOfCall">) {
    this.#gate = gate;
  }

  async findLeft(): Promise<CommandJob[]> {
    return [];
  }

  async endLeft(): Promise<void> {}

  isLeft(): boolean {
    return false;
  }

  leave(): boolean {
    return false;
  }

  async run(job: CommandJob, link: CommandLink, signal: AbortSignal): Promise<AttemptEnd> {
    const running = this.#make(job, link, signal);
    this.#open.add(running);
    try {
      return await running;
    } finally {
      this.#open.delete(running);
    }
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.#open);
  }

  async #make(job: CommandJob, link: CommandLink, signal: AbortSignal): Promise<AttemptEnd> {
    const { work } = job.spec;
    if (work.is !== "request") throw new Error("this is no request");
    const hide: Hide = (text) => {
      const stream = link.hide();
      return stream.add(text) + stream.end();
    };
    const say = (d: string) => link.log({ t: Date.now(), s: "system", d });
    const limit = AbortSignal.timeout(job.timeoutMs);
    const begunAt = Date.now();
    const runMs = () => Date.now() - begunAt;
    try {
      const asked = filledRequest(work, await link.secrets());
      say(`${work.method} ${asked.url.origin}${asked.url.pathname}`);
      const mayCall = (url: URL) => this.#gate.refusalOfCall(url);
      const { bytes, ...answer } = await send(asked, mayCall, AbortSignal.any([signal, limit]));
      say(`answered ${answer.status} with ${bytes} bytes after ${runMs()} ms`);
      return answered(hiddenIn(answer, hide), runMs());
    } catch (error) {
      const end = endOf(error, {
        isCancelled: signal.aborted,
        isLate: limit.aborted,
        timeoutMs: job.timeoutMs,
      });
      const shown = { ...end.error, message: hide(end.error.message) };
      say(shown.message);
      return { ...without, ...end, error: shown, timing: { runMs: runMs() } };
    }
  }
}

const without = { permanent: false, retryAfterMs: null, built: null, truncated: false };

/** The request with its secrets in it. Throws `validation_failed`. */
function filledRequest(work: RequestWork, secrets: Readonly<Record<string, string>>) {
  const url = plainUrl(work.url);
  if (typeof url === "string") throw new ProblemError("validation_failed", url);
  const headers = work.headers.map(([name, pieces]): [string, string] => [
    name,
    filledIn(pieces, secrets, `the header ${name}`),
  ]);
  const body = work.body === null ? null : new TextEncoder().encode(work.body);
  return { url, method: work.method, headers, body };
}

/** A receiver may send back what it was sent. */
function hiddenIn({ status, headers, body }: RequestAnswer, hide: Hide): RequestAnswer {
  const hidden = Object.entries(headers).map(([name, value]) => [name, hide(value)]);
  return { status, headers: Object.fromEntries(hidden), body: hide(body) };
}

function answered(answer: RequestAnswer, runMs: number): AttemptEnd {
  return {
    ...{ ...without, status: "succeeded", reason: null, error: null, timing: { runMs } },
    command: { exitCode: null, signal: null, stdout: "", stdoutTruncated: false, answer },
  };
}

function endOf(
  error: unknown,
  { isCancelled, isLate, timeoutMs }: { isCancelled: boolean; isLate: boolean; timeoutMs: number },
) {
  if (isCancelled) return failed("cancelled", "cancelled", "cancelled", "the request was broken off");
  if (isLate) return failed("timed_out", "timed_out", "timed_out", `no answer within ${timeoutMs / 1000} s`);
  if (error instanceof NoAnswer) return failed("failed", "function_error", error.code, error.message);
  if (error instanceof ProblemError) return failed("failed", "bad_request", error.code, error.message);
  throw error;
}

function failed(status: "failed" | "timed_out" | "cancelled", reason: Reason, code: string, message: string) {
  return { status, reason, error: { code, message, source: "function" as const } };
}
