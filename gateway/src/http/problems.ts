import { ProblemError } from "@pulse/schema/problem";
import { readTraceparent } from "@pulse/schema/trace-context";
import type { Context } from "hono";
import type { Log } from "../ports.ts";
import type { PulseEnv } from "./context.ts";

/** The RFC 9457 response of a problem. */
export function problemResponse(problem: ProblemError, requestId: string): Response {
  const headers: Record<string, string> = {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
  };
  if (problem.extras.retryAfter !== undefined)
    headers["retry-after"] = String(Math.ceil(problem.extras.retryAfter));
  for (const [name, value] of problem.extras.headers ?? []) headers[name] = value;
  if (problem.status === 401) headers["www-authenticate"] = "Bearer";
  return new Response(JSON.stringify(problem.toDocument(requestId)), { status: problem.status, headers });
}

/** What any error becomes for the caller: problems as they are; everything else is logged and shown without its text. */
export function asProblem(
  error: unknown,
  log: Log,
  requestId: string,
  traceId: string | null = null,
): ProblemError {
  const ids = traceId === null ? { requestId } : { requestId, traceId };
  if (error instanceof ProblemError) return error;
  // The query builder wraps what the database threw.
  if (error instanceof Error && error.cause instanceof ProblemError) return error.cause;
  if (isAbort(error)) return new ProblemError("bad_request", "the caller left before the answer");
  const ofStore = databaseProblem(error);
  if (ofStore !== null) {
    log.error("the database did not answer a request", error, ids);
    return ofStore;
  }
  log.error("a request failed unexpectedly", error, ids);
  return new ProblemError("internal", "an unexpected error; the gateway's log has it under this request id");
}

/** The id of the trace that a request is of: the one that is told of, else what it says itself (W3C Trace Context); null: none, or it is malformed. */
export function traceIdOf(c: Context<PulseEnv>): string | null {
  return (c.get("trace") ?? readTraceparent(c.req.raw.headers.get("traceparent")))?.traceId ?? null;
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

const retryAfter = 5;

/** The problem of a database that cannot do its work just now; null for anything else, a wrong statement included. */
function databaseProblem(error: unknown): ProblemError | null {
  const code = databaseCodeOf(error);
  if (code === null || /^SQLITE_(ERROR|CONSTRAINT|MISMATCH|RANGE|MISUSE)/.test(code)) return null;
  if (/^SQLITE_(READONLY|FULL)/.test(code)) {
    const detail = "the database takes no writes: its disk is full or it is read-only";
    return new ProblemError("read_only", detail, { retryAfter, cause: error });
  }
  return new ProblemError("unavailable", "the database does not answer; try again", {
    retryAfter,
    cause: error,
  });
}

/** The code of the libSQL client's error, which drizzle wraps in one of its own. */
function databaseCodeOf(error: unknown): string | null {
  for (let one = error; one instanceof Error; one = one.cause) {
    if (one.name === "LibsqlError" && "code" in one && typeof one.code === "string") return one.code;
  }
  return null;
}
