import { expect, test } from "vitest";
import { type Bucket, takeToken } from "./token-bucket.ts";

test("as many calls as the limit pass at once, the next waits for its share of the minute", () => {
  let bucket: Bucket | null = null;
  for (let i = 0; i < 6; i++) {
    const taken = takeToken(bucket, 6, 1000);
    expect(taken.allowed).toBe(true);
    bucket = taken.bucket;
  }
  const refused = takeToken(bucket, 6, 1000);
  expect(refused).toMatchObject({ allowed: false, remaining: 0, retryAfter: 10, reset: 60 });
  expect(takeToken(refused.bucket, 6, 11_000).allowed).toBe(true);
});

test("a bucket never holds more than its limit, and a clock that steps back takes nothing", () => {
  expect(takeToken({ tokens: 0, at: 0 }, 2, 3_600_000).remaining).toBe(1);
  expect(takeToken({ tokens: 1, at: 5000 }, 2, 1000)).toMatchObject({ allowed: true, remaining: 0 });
});
