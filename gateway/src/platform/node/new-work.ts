import { ProblemError } from "@pulse/schema/problem";
import { problemResponse } from "../../http/problems.ts";
import type { DiskState } from "./disk-reserve.ts";

const retryAfter = 30;
/** What still has to be possible on a full disk: to look, to delete, to cancel, to sign in, to keep less, to let runners finish. */
const allowed = [
  /^\/v1\/(session|setup|retention)$/,
  /^\/v1\/executions\/[^/]+\/cancel$/,
  /^\/v1\/runners\//,
  /^\/runner\/v1\/(?!bundles\/|executions\/[^/]+\/(invoke|kv)$)/,
];

/** The refusal of a request that would bring new work or new content while the disk is full; null when it may go on. */
export function refuseNewWork(request: Request, state: DiskState["state"]): Response | null {
  if (state === "ok") return null;
  const { pathname } = new URL(request.url);
  if (!bringsWork(request.method, pathname)) return null;
  const problem = new ProblemError(
    "storage_full",
    "the disk of the gateway is nearly full: nothing new is taken, what was taken before is finished",
    { retryAfter, hint: "Free space on it, or keep less: `pulse retention set`." },
  );
  return problemResponse(problem, request.headers.get("x-request-id") ?? "");
}

function bringsWork(method: string, path: string): boolean {
  if (path.startsWith("/f/") || path.startsWith("/hooks/")) return method !== "OPTIONS";
  if (["GET", "HEAD", "OPTIONS", "DELETE"].includes(method)) return false;
  return !allowed.some((one) => one.test(path));
}
