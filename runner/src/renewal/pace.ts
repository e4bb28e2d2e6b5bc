import { ProblemError } from "@pulse/schema/problem";

const againMs = 1000;

/**
 * Milliseconds from a failed renewal to the next: at once after the first, then about 1 s (a quarter more or less, so that runners that lost
 * their gateway together do not return together) or what `Retry-After` asked for, and never longer than between two that are answered.
 */
export function retryRenewalMs(failures: number, error: unknown, everyMs: number, random: number): number {
  const asked = error instanceof ProblemError ? (error.extras.retryAfter ?? 0) * 1000 : 0;
  const own = failures <= 1 ? 0 : againMs * (0.75 + 0.5 * random);
  return Math.min(everyMs, Math.max(asked, own));
}
