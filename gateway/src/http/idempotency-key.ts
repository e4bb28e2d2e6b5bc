import { ProblemError } from "@pulse/schema/problem";

/** Reads `Idempotency-Key`; throws `bad_request` for one that is malformed. */
export function readIdempotencyKey(value: string | null): string | null {
  if (value === null) return null;
  const key = /^"(.*)"$/.exec(value.trim())?.[1] ?? value.trim();
  if (key.length < 1 || key.length > 255 || !/^[\x21-\x7e]+$/.test(key)) {
    throw new ProblemError(
      "bad_request",
      `Idempotency-Key must be 1 to 255 visible ASCII characters, got ${key.length}`,
    );
  }
  return key;
}
