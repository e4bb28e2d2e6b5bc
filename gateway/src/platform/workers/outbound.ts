import type { Post } from "../../executions/callbacks/deliver.ts";

/**
 * Sends to receivers from Workers. There is no way to resolve a name first, and none is needed: what a Worker fetches leaves over the
 * platform's own edge, which is in no private network of the user's and has no metadata service.
 */
export const workerPost: Post = async (url, { headers, body }, signal) => {
  const response = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" });
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  await response.body?.cancel();
  return {
    status: response.status,
    retryAfterMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : null,
  };
};
