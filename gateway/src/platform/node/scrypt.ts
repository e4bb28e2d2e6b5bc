import { scrypt } from "node:crypto";
import { ProblemError } from "@pulse/schema/problem";
import type { Ports } from "../../ports.ts";

/** Of the four threads that also read files, half stay free. */
const atOnce = 2;
const waitMost = 32;

/** scrypt on threads of Node's pool, two at a time; the others wait in a row that has an end, so that a flood of sign-ins cannot take the machine. */
export function boundedScrypt(): Ports["scrypt"] {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (password, salt, { ln, r, p }, bytes) => {
    if (running >= atOnce) {
      if (waiting.length >= waitMost) {
        throw new ProblemError("rate_limited", "too many sign in at this moment", { retryAfter: 5 });
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running++;
    try {
      return await new Promise<Uint8Array>((resolve, reject) => {
        const options = { N: 2 ** ln, r, p, maxmem: 2 * 128 * r * (2 ** ln + p) };
        scrypt(password, salt, bytes, options, (error, key) => {
          if (error === null) resolve(new Uint8Array(key));
          else reject(error);
        });
      });
    } finally {
      const next = waiting.shift();
      // The place goes to the next one, or is free.
      if (next === undefined) running--;
      else next();
    }
  };
}
