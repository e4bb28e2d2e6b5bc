import { parseDuration } from "@pulse/schema/duration-text";
import { ProblemError } from "@pulse/schema/problem";
import { readTraceparent, traceparentOf } from "@pulse/schema/trace-context";
import { readIdempotencyKey } from "../http/idempotency-key.ts";
import { readStartAfter, type StartAfter } from "./start-after.ts";

export { readIdempotencyKey };

/** How long a call without a preference waits at most: the longest synchronous timeout. */
export const syncTimeoutMostMs = 15 * 60_000;
/** Calls may call each other this deep. */
export const depthMost = 8;

/** How a call is to be run, read from its control headers and the endpoint's own default. */
export interface CallOptions {
  /**
   * `wait`: the caller stays until the end; `wait-then-accept`: up to `waitMs`, then 202, the work going on; `accept`: 202 at once;
   * `leave`: run as for one who stays, who reads the end elsewhere.
   */
  reply: "wait" | "wait-then-accept" | "accept" | "leave";
  /** For `wait-then-accept`, milliseconds. */
  waitMs: number;
  /** A timeout lower than the function's own, milliseconds; null: the function's own. */
  timeoutMs: number | null;
  idempotencyKey: string | null;
  depth: number;
  traceparent: string | null;
  /** The value of `Preference-Applied`, null when no preference was sent or honoured. */
  applied: string | null;
  /** When it is to start; absent: at once. */
  startAfter?: StartAfter;
}

type HeaderOf = (name: string) => string | null;

/** Reads the control headers of a call; throws `bad_request` for one that is malformed and `loop_detected` above the depth. */
export function readCallOptions(header: HeaderOf, endpointMode: "sync" | "async"): CallOptions {
  const preference = readPrefer(header("prefer"));
  const context = readTraceparent(header("traceparent"));
  const startAfter = readStartAfter(header);
  if (startAfter !== null && preference.wait !== null) {
    throw new ProblemError(
      "bad_request",
      "nobody waits for a call that starts later: leave Prefer: wait out",
    );
  }
  return {
    ...(startAfter === null
      ? replyOf(preference, endpointMode)
      : { ...replyOf({ wait: null, async: preference.async }, "async"), startAfter }),
    timeoutMs: readTimeout(header("pulse-timeout")),
    idempotencyKey: readIdempotencyKey(header("idempotency-key")),
    depth: readDepth(header("pulse-depth")),
    traceparent: context === null ? null : traceparentOf(context),
  };
}

function replyOf(
  preference: { wait: number | null; async: boolean },
  endpointMode: "sync" | "async",
): Pick<CallOptions, "reply" | "waitMs" | "applied"> {
  if (preference.wait !== null) {
    const waitMs = Math.min(preference.wait * 1000, syncTimeoutMostMs);
    const reply = waitMs === 0 ? "accept" : "wait-then-accept";
    return { reply, waitMs, applied: `wait=${Math.floor(waitMs / 1000)}` };
  }
  if (preference.async) return { reply: "accept", waitMs: 0, applied: "respond-async" };
  return { reply: endpointMode === "async" ? "accept" : "wait", waitMs: 0, applied: null };
}

/** RFC 7240: preferences that are not understood are ignored; the first of a repeated one counts. */
function readPrefer(value: string | null): { wait: number | null; async: boolean } {
  let wait: number | null = null;
  let async = false;
  for (const part of value?.split(",") ?? []) {
    if (part.trim() === "") continue;
    const [name = "", raw = ""] = (part.split(";", 1)[0] ?? "").split("=").map((text) => text.trim());
    const known = name.toLowerCase();
    if (known === "respond-async") async = true;
    if (known !== "wait" || wait !== null) continue;
    const seconds = /^"?(\d{1,9})"?$/.exec(raw)?.[1];
    if (seconds !== undefined) wait = Number(seconds);
  }
  return { wait, async };
}

function readTimeout(value: string | null): number | null {
  if (value === null) return null;
  const ms = parseDuration(value.trim());
  if (ms === null || ms < 1) {
    throw new ProblemError(
      "bad_request",
      `Pulse-Timeout must be a duration such as "10s" or "500ms", got ${JSON.stringify(value)}`,
    );
  }
  return ms;
}

/** Reads `Pulse-Depth`; throws `bad_request` for what is no number and `loop_detected` above the depth. */
export function readDepth(value: string | null): number {
  if (value === null) return 0;
  const depth = /^\d{1,6}$/.test(value.trim()) ? Number(value) : Number.NaN;
  if (Number.isNaN(depth)) {
    throw new ProblemError("bad_request", `Pulse-Depth must be a number, got ${JSON.stringify(value)}`);
  }
  checkDepth(depth);
  return depth;
}

/** Throws `loop_detected` for a call that lies deeper than calls may. */
export function checkDepth(depth: number): void {
  if (depth <= depthMost) return;
  throw new ProblemError(
    "loop_detected",
    `functions may call each other ${depthMost} deep, this is call ${depth}`,
    {
      hint: "Look for a function that calls itself, directly or through others.",
    },
  );
}
