import { checkHeaders } from "@pulse/schema/outgoing/check-headers";
import { isRedirect, nextHop, withDefaults } from "@pulse/schema/outgoing/next-hop";
import { ProblemError } from "@pulse/schema/problem";
import { joined } from "../http/gather.ts";
import { type CheckedUrl, checkUrl } from "./check-url.ts";
import type { Hop, HopAnswer, Outbound } from "./outbound.ts";

/** A request to a URL that a user gave. */
export interface OutgoingRequest {
  url: string;
  method: string;
  headers: readonly (readonly [string, string])[];
  body: Uint8Array<ArrayBuffer> | null;
  /** For everything together: connecting, redirects, the whole body. */
  timeoutMs: number;
  /** What is read of the answer's body. */
  readMost: number;
  /** Redirects that are followed; what comes after is the answer. */
  redirectsMost: number;
}

/** What came back. */
export interface OutgoingAnswer {
  answered: true;
  status: number;
  headers: Headers;
  body: Uint8Array<ArrayBuffer>;
  /** There was more than `readMost`. */
  isCut: boolean;
}

/** Why nothing came back, in words that tell nobody what stands behind the gateway; `cause` is for the operator's log. */
export interface Unanswered {
  answered: false;
  because: "timed_out" | "no_answer" | "redirect";
  detail: string;
  cause: unknown;
}

/**
 * Makes a request to a URL that a user gave: every hop is checked as the first one is, and across origins nothing that may be a
 * credential goes along, nor a body. Throws `url_not_allowed` and `invalid_header`; a receiver that does not answer, or answers too
 * slowly, is a result.
 */
export async function safeFetch(
  outbound: Outbound,
  request: OutgoingRequest,
  signal: AbortSignal,
): Promise<OutgoingAnswer | Unanswered> {
  checkHeaders(request.headers);
  const first = checkUrl(request.url, outbound.policy);
  const limited = AbortSignal.any([signal, AbortSignal.timeout(request.timeoutMs)]);
  let hop: Hop = {
    ...first,
    method: request.method,
    headers: withDefaults(request.headers),
    body: request.body,
  };
  for (let followed = 0; ; followed++) {
    let answer: HopAnswer;
    try {
      answer = await outbound.send(hop, limited);
    } catch (cause) {
      if (cause instanceof ProblemError && followed === 0) throw cause;
      return failure(cause, limited, request.timeoutMs, followed);
    }
    const location = answer.headers.get("location");
    if (!isRedirect(answer.status, location) || request.redirectsMost === 0) {
      return await read(answer, request, limited);
    }
    await leave(answer.body);
    if (followed >= request.redirectsMost) {
      return redirected(`more than ${request.redirectsMost} redirects`, null);
    }
    const next = hopAfter(hop, answer.status, location, outbound);
    if (!("url" in next)) return next;
    hop = next;
  }
}

function hopAfter(before: Hop, status: number, location: string, outbound: Outbound): Hop | Unanswered {
  let checked: CheckedUrl;
  try {
    const target = URL.parse(location, before.url);
    if (target === null) return redirected("to what is no URL", null);
    checked = checkUrl(target.href, outbound.policy);
  } catch (cause) {
    return redirected("to where nothing is called", cause);
  }
  const next = nextHop(before, status, checked.url);
  return typeof next === "string" ? redirected(next, null) : { ...checked, ...next };
}

function redirected(detail: string, cause: unknown): Unanswered {
  return { answered: false, because: "redirect", detail: `it redirects ${detail}`, cause };
}

function failure(cause: unknown, limited: AbortSignal, timeoutMs: number, followed: number): Unanswered {
  if (cause instanceof ProblemError) return redirected("to where nothing is called", cause);
  if (limited.aborted) {
    const detail = `no answer within ${timeoutMs / 1000} s`;
    return { answered: false, because: "timed_out", detail, cause };
  }
  const detail = followed === 0 ? "no answer" : "no answer after a redirect";
  return { answered: false, because: "no_answer", detail, cause };
}

async function read(
  { status, headers, body }: HopAnswer,
  { readMost, timeoutMs }: OutgoingRequest,
  limited: AbortSignal,
): Promise<OutgoingAnswer | Unanswered> {
  const whole = (bytes: Uint8Array<ArrayBuffer>, isCut: boolean): OutgoingAnswer => ({
    ...{ answered: true, status, headers, body: bytes, isCut },
  });
  if (body === null) return whole(new Uint8Array(0), false);
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  const stop = () => void reader.cancel().catch(() => undefined);
  limited.addEventListener("abort", stop, { once: true });
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const room = readMost - size;
      chunks.push(part.value.subarray(0, room));
      size += Math.min(part.value.length, room);
      if (part.value.length <= room) continue;
      stop();
      return whole(joined(chunks, size), true);
    }
    if (limited.aborted) return failure(limited.reason, limited, timeoutMs, 0);
    return whole(joined(chunks, size), false);
  } catch (cause) {
    return failure(cause, limited, timeoutMs, 0);
  } finally {
    limited.removeEventListener("abort", stop);
  }
}

async function leave(body: ReadableStream<Uint8Array> | null): Promise<void> {
  // One that is broken already is left, too.
  await body?.cancel().catch(() => undefined);
}
