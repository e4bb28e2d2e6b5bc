/** Tokens that somebody has left, and when that was counted (epoch milliseconds). */
export interface Bucket {
  tokens: number;
  at: number;
}

/** What a call finds in its bucket. */
export interface Taken {
  bucket: Bucket;
  allowed: boolean;
  /** Whole calls left. */
  remaining: number;
  /** Seconds until one more call is allowed; 0 when one is. */
  retryAfter: number;
  /** Seconds until the bucket is full again. */
  reset: number;
}

/** Takes one call from a bucket that holds `perMinute` and refills evenly over a minute; `null` is a full one. */
export function takeToken(bucket: Bucket | null, perMinute: number, now: number): Taken {
  const perMs = perMinute / 60_000;
  const before = bucket === null ? perMinute : bucket.tokens + Math.max(0, now - bucket.at) * perMs;
  const tokens = Math.min(perMinute, before);
  const allowed = tokens >= 1;
  const left = allowed ? tokens - 1 : tokens;
  return {
    bucket: { tokens: left, at: now },
    allowed,
    remaining: Math.floor(left),
    retryAfter: left >= 1 ? 0 : Math.ceil((1 - left) / perMs / 1000),
    reset: Math.ceil((perMinute - left) / perMs / 1000),
  };
}
