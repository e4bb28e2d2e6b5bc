import { scryptAsync } from "@noble/hashes/scrypt.js";
import { ProblemError } from "@pulse/schema/problem";
import type { Ports } from "../../ports.ts";

/** An isolate has one thread and 128 MiB; and no request may wait for another's promise, so there is no row to wait in. */
const atOnce = 2;

/** scrypt in an isolate, of two at a time; further ones are told to come again. */
export function boundedScrypt(): Ports["scrypt"] {
  let running = 0;
  return async (password, salt, { ln, r, p }, bytes) => {
    if (running >= atOnce) {
      throw new ProblemError("rate_limited", "too many sign in at this moment", { retryAfter: 2 });
    }
    running++;
    try {
      return await scryptAsync(password, salt, { N: 2 ** ln, r, p, dkLen: bytes });
    } finally {
      running--;
    }
  };
}
