import * as z from "zod";
import { parseDuration } from "./duration-text.ts";

/** A duration field: text such as `10s` within the two bounds, both included; the parsed value is milliseconds. */
export function duration(least: string, most: string) {
  const min = parseDuration(least) ?? 0;
  const max = parseDuration(most) ?? Number.MAX_SAFE_INTEGER;
  return z.string().transform((text, context) => {
    const ms = parseDuration(text);
    if (ms === null) {
      context.addIssue({
        code: "custom",
        message: `must be a duration such as "10s" or "5m", got ${JSON.stringify(text.slice(0, 100))}`,
      });
      return z.NEVER;
    }
    if (ms < min || ms > max) {
      const bound = ms < min ? `at least ${least}` : `at most ${most}`;
      context.addIssue({
        code: "custom",
        message: `must be ${bound}, got ${JSON.stringify(text.slice(0, 100))}`,
      });
      return z.NEVER;
    }
    return ms;
  });
}
