import type { FuzzRequest } from "./requests.ts";

/** What came back. */
export interface Seen {
  /** 0: the connection ended without an answer. */
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** At most its first 64 KiB. */
  text: string;
  /** Milliseconds until the head of the answer; null: it did not come in time. */
  headMs: number | null;
}

/** Within so long every answer that need not wait for work must begin, milliseconds. */
export const promptMs = 1000;

/** Whether an operation may wait for work: a call until it has run, a runner's sync until there is a job. */
export function mayWait({ operation: { id, path }, target }: FuzzRequest): boolean {
  if (path.startsWith("/f/") || path === "/runner/v1/sync") return true;
  return (
    /[?&]wait=/.test(target) || /draft\/(run|build)$|\/versions$|\/invoke$/.test(path) || id.endsWith(".sync")
  );
}

/** What a function, or the lack of a runner, may answer where work is called. */
const ofWork = new Set([
  "function_error",
  "init_error",
  "crashed",
  "out_of_memory",
  "bad_response",
  "refused_by_runner",
  "no_runner",
  "infrastructure",
  "lost",
  "timed_out",
  "loop_detected",
]);

/** Why an answer is a defect; null: it is none. */
export function defectOf(request: FuzzRequest, seen: Seen): string | null {
  const { operation, method } = request;
  if (seen.headMs === null) return mayWait(request) ? null : "no answer within a second";
  if (seen.headMs > promptMs && !mayWait(request)) return `its answer took ${seen.headMs.toFixed(0)} ms`;
  if (seen.status === 0) return "the connection ended without an answer";
  const isOurs =
    seen.headers["pulse-error-source"] !== "function" && seen.headers["pulse-execution-id"] === undefined;
  if (seen.status < 400) return documented(request, seen.status);
  if (!isOurs) return null;
  const type = String(seen.headers["content-type"] ?? "");
  if (operation.isPage && type.startsWith("text/html") && seen.status < 500)
    return seen.headers["content-security-policy"] === undefined ? "a page without a policy" : null;
  if (operation.path === "/mcp" && seen.status < 500 && isRpcError(seen.text)) return null;
  if (!type.startsWith("application/problem+json")) return `${seen.status} with ${type || "no content type"}`;
  const code = method === "HEAD" ? "" : codeOf(seen.text);
  if (code === null) return `${seen.status} whose document has no code`;
  if (seen.status < 500) return null;
  const isOfWork = mayWait(request) || /\/(result|invoke|run)$/.test(operation.path);
  return (isOfWork && (ofWork.has(code) || method === "HEAD")) || code === "loop_detected"
    ? null
    : `${seen.status} ${code}`;
}

function documented({ operation, method }: FuzzRequest, status: number): string | null {
  if (operation.path.startsWith("/f/") || method !== operation.method || status < 200) return null;
  return operation.statuses.has(status) ? null : `${status}, which the document does not name`;
}

/** What is wrong with a message of the Model Context Protocol is said as JSON-RPC says it. */
function isRpcError(text: string): boolean {
  try {
    const { jsonrpc, error } = JSON.parse(text) as { jsonrpc?: unknown; error?: { code?: unknown } };
    return jsonrpc === "2.0" && Number.isInteger(error?.code);
  } catch {
    return false;
  }
}

function codeOf(text: string): string | null {
  try {
    const { code } = JSON.parse(text) as { code?: unknown };
    return typeof code === "string" ? code : null;
  } catch {
    return null;
  }
}
