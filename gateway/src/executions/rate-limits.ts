import { ProblemError } from "@pulse/schema/problem";
import type { HeaderList } from "@pulse/schema/wire/job";
import type { Ports } from "../ports.ts";
import { type Bucket, rateLimitHeaders, takeToken } from "./token-bucket.ts";

/** Calls that callers have left, in memory. */
export interface RateLimits {
  /** Takes one call of this caller and adds the rate limit headers to `headers`; throws `rate_limited` when none is left. */
  take(caller: string, perMinute: number, headers: HeaderList): void;
}

const bucketsMost = 50_000;
const fullAfterMs = 60_000;

/** Makes the buckets of one HTTP half. A bucket that has been left alone for a minute is full again and is forgotten. */
export function createRateLimits(ports: Pick<Ports, "now">): RateLimits {
  const buckets = new Map<string, Bucket>();

  function forgetFull(now: number): void {
    for (const [caller, bucket] of buckets) {
      if (now - bucket.at >= fullAfterMs) buckets.delete(caller);
    }
    // Still many: the oldest go, in whose favour it errs. A tenth at a time, so that a flood does not walk the map for every call.
    for (const caller of buckets.keys()) {
      if (buckets.size < bucketsMost * 0.9) break;
      buckets.delete(caller);
    }
  }

  return {
    take(caller, perMinute, headers) {
      const now = ports.now();
      const taken = takeToken(buckets.get(caller) ?? null, perMinute, now);
      if (!buckets.has(caller) && buckets.size >= bucketsMost) forgetFull(now);
      buckets.set(caller, taken.bucket);
      headers.push(...rateLimitHeaders(perMinute, taken));
      if (taken.allowed) return;
      throw new ProblemError("rate_limited", `this credential may make ${perMinute} calls a minute`, {
        retryAfter: taken.retryAfter,
      });
    },
  };
}

/** `RateLimit-Policy` and `RateLimit` of a function that runs as often at once as it may, when that is why a call failed. */
export function capHeaders(error: unknown, most: number | null): HeaderList {
  if (!(error instanceof ProblemError) || error.code !== "over_capacity" || most === null) return [];
  return [
    ["ratelimit-policy", `"concurrency";q=${most};qu="concurrent-requests"`],
    ["ratelimit", '"concurrency";r=0'],
  ];
}
