import type { ProblemCode } from "@pulse/schema/problem";
import { problemAs, problemResponses } from "./openapi-problems.ts";
import type { Json } from "./openapi-schemas.ts";

/** What the caller of a function may be told instead of the function's own answer. */
const callProblems: readonly ProblemCode[] = [
  "bad_request",
  "unauthenticated",
  "invalid_credential",
  "expired_credential",
  "not_found",
  "method_not_allowed",
  "version_not_ready",
  "response_not_kept",
  "cancelled",
  "payload_too_large",
  "idempotency_mismatch",
  "rate_limited",
  "over_capacity",
  "uri_too_long",
  "headers_too_large",
  "internal",
  "function_error",
  "init_error",
  "crashed",
  "out_of_memory",
  "bad_response",
  "refused_by_runner",
  "secret_unavailable",
  "no_runner",
  "infrastructure",
  "lost",
  "unavailable",
  "timed_out",
  "loop_detected",
];

const methods = ["get", "post", "put", "patch", "delete", "options", "head"];
const text = { type: "string" };
const nameParameter = {
  name: "name",
  in: "path",
  required: true,
  schema: text,
  description: "`name`, `name@version` or `name@alias`; of another project `project~name`",
};
const belowParameter = {
  name: "path",
  in: "path",
  required: true,
  schema: text,
  description: "Passed on as it is written; may hold slashes",
};
const controlHeaders = [
  ["Prefer", "`wait=N`: up to N seconds, then 202; `respond-async`: 202 at once"],
  ["Idempotency-Key", "The same key and request: the same execution and response, for 24 hours"],
  ["Pulse-Delay", "A duration: it starts so much later, 202 at once; at most 30 days"],
  ["Pulse-Run-At", "A time (RFC 3339): it starts then, 202 at once; at most 30 days ahead"],
  ["Pulse-Timeout", "A duration; can only lower the function's timeout"],
].map(([name, description]) => ({ name, in: "header", required: false, schema: text, description }));

/** The paths under which functions are called, for any method. */
export function callPaths(accepted: Json): Json {
  return {
    "/f/{name}": callItem("call", [nameParameter], accepted),
    "/f/{name}/{path}": callItem("callBelow", [nameParameter, belowParameter], accepted),
  };
}

function callItem(name: string, parameters: Json[], accepted: Json): Json {
  const operation = (method: string) => ({
    operationId: `calls.${name}.${method}`,
    tags: ["calls"],
    summary: "Call a function",
    security: [{ key: [] }, {}],
    parameters: [...parameters, ...controlHeaders],
    ...(["get", "head"].includes(method) ? {} : { requestBody: { content: { "*/*": {} } } }),
    responses: {
      202: {
        description: "Accepted, and on disk; the work goes on",
        content: { "application/json": { schema: accepted } },
      },
      ...problemResponses(callProblems),
      default: { description: "Status, headers and body as the function answers" },
    },
  });
  return Object.fromEntries(methods.map((method) => [method, operation(method)]));
}

/** Documents that the gateway serves about itself, by path: what they are and their content type. */
const documents: readonly (readonly [path: string, id: string, summary: string, type: string])[] = [
  ["/openapi.json", "openapi", "This document", "application/json"],
  ["/docs", "page", "This document as a page for people", "text/html"],
  ["/schemas/pulse.v1.json", "manifestSchema", "The JSON Schema of `pulse.jsonc`", "application/schema+json"],
];

/** The paths of the gateway's own documents. */
export function documentPaths(): Json {
  return Object.fromEntries(
    documents.map(([path, id, summary, type]) => {
      const responses = {
        200: { description: summary, content: { [type]: {} } },
        default: problemAs("A problem (RFC 9457)"),
      };
      return [
        path,
        { get: { operationId: `documents.${id}`, tags: ["documents"], summary, security: [], responses } },
      ];
    }),
  );
}
