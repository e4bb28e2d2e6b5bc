import type { BucketLeft, BucketTake } from "../hub.ts";
import { type Bucket, takeToken } from "./token-bucket.ts";

const bucketsMost = 50_000;

/**
 * Token buckets by name, in memory: the 50,000 that were used last. One that is forgotten is full again, as all are after a restart:
 * what is in doubt is decided in the caller's favour.
 */
export class Buckets {
  readonly #now: () => number;
  readonly #most: number;
  /** In the order of their last use, the oldest first. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(now: () => number, most: number = bucketsMost) {
    this.#now = now;
    this.#most = most;
  }

  /** How many are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Takes a token from each of these buckets, or from none of them when one is empty; answers how each stands then. */
  take(scope: string, takes: readonly BucketTake[]): BucketLeft[] {
    const now = this.#now();
    const found = takes.map(({ bucket, perMinute }) => {
      const name = `${scope} ${bucket}`;
      return { name, perMinute, ...takeToken(this.#buckets.get(name) ?? null, perMinute, now) };
    });
    const isAllowed = found.every(({ allowed }) => allowed);
    return found.map(({ name, perMinute, bucket, allowed, ...left }) => {
      // A token that another bucket's emptiness kept from being used stays.
      const isKept = allowed && !isAllowed;
      const tokens = isKept ? bucket.tokens + 1 : bucket.tokens;
      this.#buckets.delete(name);
      this.#buckets.set(name, { tokens, at: now });
      this.#forgetOldest();
      if (!isKept) return { allowed, ...left };
      const reset = Math.ceil(((perMinute - tokens) * 60) / perMinute);
      return { allowed, remaining: Math.floor(tokens), retryAfter: 0, reset };
    });
  }

  #forgetOldest(): void {
    if (this.#buckets.size <= this.#most) return;
    const oldest = this.#buckets.keys().next().value;
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
