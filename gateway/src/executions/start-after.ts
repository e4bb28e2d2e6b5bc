import { parseDuration } from "@pulse/schema/duration-text";
import { ProblemError } from "@pulse/schema/problem";

/** When a call is to start that was asked for beforehand: so long after it came, or at a time (epoch milliseconds). */
export type StartAfter = { delayMs: number } | { at: number };

const mostMs = 30 * 86_400_000;
const withZone = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/i;

/** Reads `Pulse-Delay` and `Pulse-Run-At`; null without either. Throws `bad_request` for what is malformed and for both at once. */
export function readStartAfter(header: (name: string) => string | null): StartAfter | null {
  const delay = header("pulse-delay");
  const time = header("pulse-run-at");
  if (delay !== null && time !== null) throw refused("Pulse-Delay and Pulse-Run-At are one or the other");
  if (delay !== null) {
    const delayMs = parseDuration(delay.trim());
    if (delayMs === null || delayMs > mostMs) {
      throw refused(
        `Pulse-Delay must be a duration such as "10m", at most 30d, got ${JSON.stringify(delay)}`,
      );
    }
    return { delayMs };
  }
  if (time === null) return null;
  const at = withZone.test(time.trim()) ? Date.parse(time.trim()) : Number.NaN;
  if (!Number.isFinite(at)) {
    throw refused(`Pulse-Run-At must be a time such as 2027-01-01T09:00:00Z, got ${JSON.stringify(time)}`);
  }
  return { at };
}

/** When a call starts that came now, epoch milliseconds: at once where its time is over. Throws `bad_request` for more than 30 days ahead. */
export function startOf(after: StartAfter | undefined, now: number): number {
  if (after === undefined) return now;
  const at = "at" in after ? after.at : now + after.delayMs;
  if (at > now + mostMs) throw refused("Pulse-Run-At must be at most 30 days ahead");
  return Math.max(now, at);
}

function refused(detail: string): ProblemError {
  return new ProblemError("bad_request", detail);
}
