const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** The delays before each try, as Standard Webhooks proposes them. */
export const delaysMs: readonly number[] = [
  0,
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
];

/** What a receiver made of a try: its status, or null when it gave none. */
export interface Received {
  status: number | null;
  /** What it asked to be left alone for, milliseconds. */
  retryAfterMs: number | null;
}

/** What follows a try: the end, or the next one at a time (epoch ms). Only 2xx is success, redirects are none; 410 ends it. */
export type NextTry = { status: "delivered" | "refused" | "failed" } | { status: "waiting"; nextAt: number };

const dayMs = 24 * hour;

/** Decides what follows try number `attempts`; `random` in [0, 1) spreads the next one over a fifth of its delay. */
export function afterTry(attempts: number, received: Received, now: number, random: number): NextTry {
  const { status, retryAfterMs } = received;
  if (status !== null && status >= 200 && status < 300) return { status: "delivered" };
  if (status === 410) return { status: "refused" };
  const delay = delaysMs[attempts];
  if (delay === undefined) return { status: "failed" };
  const asked = Math.min(retryAfterMs ?? 0, dayMs);
  return { status: "waiting", nextAt: now + Math.max(asked, Math.round(delay * (1 + random / 5))) };
}
