import { ProblemError } from "@pulse/schema/problem";
import type { Log } from "../ports.ts";

/** The RFC 9457 response of a problem. */
export function problemResponse(problem: ProblemError, requestId: string): Response {
  const headers: Record<string, string> = {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
  };
  if (problem.extras.retryAfter !== undefined)
    headers["retry-after"] = String(Math.ceil(problem.extras.retryAfter));
  if (problem.status === 401) headers["www-authenticate"] = "Bearer";
  return new Response(JSON.stringify(problem.toDocument(requestId)), { status: problem.status, headers });
}

/** What any error becomes for the caller: problems as they are; everything else is a bug, logged and shown without its text. */
export function asProblem(error: unknown, log: Log, requestId: string): ProblemError {
  if (error instanceof ProblemError) return error;
  if (isAbort(error)) return new ProblemError("bad_request", "the caller left before the answer");
  log.error("a request failed unexpectedly", error, { requestId });
  return new ProblemError("internal", "an unexpected error; the gateway's log has it under this request id");
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
