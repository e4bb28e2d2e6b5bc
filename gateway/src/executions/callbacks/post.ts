import type { Outbound } from "../../outbound/outbound.ts";
import { safeFetch } from "../../outbound/safe-fetch.ts";
import { type Post, tryMs } from "./deliver.ts";

/** What it says is of no interest, but that it was said; much of it is not waited for. */
const readMost = 65_536;

/** Sends to receivers of callbacks through the outbound guard. Rejects when there is no answer. */
export function postThrough(outbound: Outbound): Post {
  return async (url, { headers, body }, signal) => {
    const answer = await safeFetch(
      outbound,
      {
        ...{ url, method: "POST", headers: Object.entries(headers), body: new TextEncoder().encode(body) },
        ...{ timeoutMs: tryMs, readMost, redirectsMost: 0 },
      },
      signal,
    );
    if (!answer.answered) {
      if (answer.because === "timed_out") throw new DOMException(answer.detail, "TimeoutError");
      throw answer.cause instanceof Error ? answer.cause : new Error(answer.detail);
    }
    const seconds = Number(answer.headers.get("retry-after") ?? Number.NaN);
    const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : null;
    return { status: answer.status, retryAfterMs };
  };
}
