import type { Agent } from "undici";
import { request } from "undici";

/** One piece of work as its caller knows it. */
export interface Submission {
  tag: string;
  function: "work" | "once";
  /** The idempotency key, which the caller repeats until it has an answer; null: sent once. */
  key: string | null;
  /** The executions that accepting answers named, in order. */
  ids: string[];
  /** Requests without any answer: nobody knows what became of them. */
  unanswered: number;
  /** Requests that were refused in words (503 while a gateway starts). */
  refused: number;
}

/** Sends work until there is enough of it, never more at a time than is let through; the killer reads how far it is. */
export class Workload {
  readonly submissions: Submission[] = [];
  /** So many may be sent by now. */
  allowed = 0;
  readonly #random: () => number;
  readonly #options: { url: string; key: string; total: number; lanes: number; agent: Agent };

  constructor(
    options: { url: string; key: string; total: number; lanes: number; agent: Agent },
    random: () => number,
  ) {
    this.#options = options;
    this.#random = random;
  }

  /** Resolves when every piece of work was sent, and every keyed one accepted. `signal` gives up. */
  async run(signal: AbortSignal): Promise<void> {
    const lane = async () => {
      while (this.submissions.length < this.#options.total && !signal.aborted) {
        if (this.submissions.length < this.allowed) await this.#one(signal);
        else await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    await Promise.all(Array.from({ length: this.#options.lanes }, lane));
  }

  async #one(signal: AbortSignal): Promise<void> {
    const r = this.#random;
    const submission: Submission = {
      tag: `t${this.submissions.length}`,
      function: r() < 0.2 ? "once" : "work",
      key: null,
      ids: [],
      unanswered: 0,
      refused: 0,
    };
    if (r() < 0.2) submission.key = `key-${submission.tag}`;
    this.submissions.push(submission);
    const slow = r() < 0.05;
    const body = JSON.stringify({
      tag: submission.tag,
      ms: slow ? Math.round(r() * 1500) : r() < 0.3 ? Math.round(r() * 40) : 0,
      failures: submission.function === "work" && r() < 0.02 ? 1 : 0,
    });
    // A caller with a key sends now and then what was accepted already.
    const repeats = submission.key !== null && r() < 0.25 ? 2 : 1;
    while (!signal.aborted) {
      const accepted = await this.#send(submission, body, signal);
      if (accepted && submission.ids.length >= repeats) return;
      if (!accepted && submission.key === null && submission.unanswered > 0) return;
      if (!accepted) await new Promise((resolve) => setTimeout(resolve, 100 + 200 * r()));
    }
  }

  async #send(submission: Submission, body: string, signal: AbortSignal): Promise<boolean> {
    const { url, key, agent } = this.#options;
    try {
      const response = await request(`${url}/f/${submission.function}`, {
        method: "POST",
        dispatcher: agent,
        signal: AbortSignal.any([signal, AbortSignal.timeout(20_000)]),
        headers: {
          authorization: `Bearer ${key}`,
          "content-type": "application/json",
          prefer: "respond-async",
          ...(submission.key === null ? {} : { "idempotency-key": submission.key }),
        },
        body,
      });
      await response.body.text();
      const id = response.headers["pulse-execution-id"];
      // A repeated key may be answered with the outcome (200 or 500) once there is one.
      if (typeof id === "string" && (response.statusCode === 202 || submission.key !== null)) {
        submission.ids.push(id);
        return true;
      }
      submission.refused += 1;
      return false;
    } catch (error) {
      if (isRefusedConnection(error)) submission.refused += 1;
      else submission.unanswered += 1;
      return false;
    }
  }
}

/** Whether nothing can have reached a gateway. */
function isRefusedConnection(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
}
