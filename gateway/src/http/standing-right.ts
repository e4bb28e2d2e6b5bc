import { ProblemError } from "@pulse/schema/problem";
import type { Ports } from "../ports.ts";

/** How often it is looked whether a right still stands. */
const everyMs = 15_000;

/** The right to an answer that goes on for long. */
export interface StandingRight {
  /** How long one may wait until it is to be looked at again, in milliseconds. */
  leftMs(): number;
  /** Whether it stands; looked at again when it is time: by the clock and not when it is quiet, for on a busy project it never is. */
  stands(): Promise<boolean>;
}

/** The right that `recheck` looks at: it is lost when that throws that the caller is not known, not allowed, or may not know what it is about. */
export function standingRight({ now }: Pick<Ports, "now">, recheck: () => Promise<unknown>): StandingRight {
  let lookedAt = now();
  return {
    leftMs: () => Math.max(0, lookedAt + everyMs - now()),
    async stands() {
      if (now() - lookedAt < everyMs) return true;
      try {
        await recheck();
      } catch (error) {
        if (error instanceof ProblemError && [401, 403, 404].includes(error.status)) return false;
        throw error;
      }
      lookedAt = now();
      return true;
    },
  };
}
