import { ProblemError } from "@pulse/schema/problem";
import type { HeaderList } from "@pulse/schema/wire/job";

/** `RateLimit-Policy` and `RateLimit` of a function that runs as often at once as it may, when that is why a call failed. */
export function capHeaders(error: unknown, most: number | null): HeaderList {
  if (!(error instanceof ProblemError) || error.code !== "over_capacity" || most === null) return [];
  return [
    ["ratelimit-policy", `"concurrency";q=${most};qu="concurrent-requests"`],
    ["ratelimit", '"concurrency";r=0'],
  ];
}
