import { ProblemError } from "@pulse/schema/problem";
import type { HeaderList } from "@pulse/schema/wire/job";

/** `RateLimit-Policy` and `RateLimit` of a quota that is used up, or of a function that runs as often at once as it may, when that is why a call failed. */
export function capHeaders(error: unknown, most: number | null): HeaderList {
  if (error instanceof ProblemError && error.code === "quota_exceeded") return quotaHeaders(error);
  if (!(error instanceof ProblemError) || error.code !== "over_capacity" || most === null) return [];
  return [
    ["ratelimit-policy", `"concurrency";q=${most};qu="concurrent-requests"`],
    ["ratelimit", '"concurrency";r=0'],
  ];
}

function quotaHeaders({ extras: { members, retryAfter } }: ProblemError): HeaderList {
  const quota = String(members?.quota);
  const unit = quota === "concurrentExecutions" ? ';qu="concurrent-requests"' : "";
  return [
    ["ratelimit-policy", `"${quota}";q=${String(members?.most)}${unit}`],
    ["ratelimit", `"${quota}";r=0${unit === "" ? `;t=${retryAfter ?? 0}` : ""}`],
  ];
}
