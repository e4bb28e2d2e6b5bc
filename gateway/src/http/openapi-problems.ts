import type { Endpoint } from "@pulse/schema/endpoint";
import { type ProblemCode, problemCodes } from "@pulse/schema/problem";
import type { Json } from "./openapi-schemas.ts";

/** What can go wrong with any request. */
const anywhere: readonly ProblemCode[] = [
  "bad_request",
  "uri_too_long",
  "headers_too_large",
  "internal",
  "unavailable",
];
const credentials: readonly ProblemCode[] = ["unauthenticated", "invalid_credential", "expired_credential"];

/** What can go wrong with one endpoint, beyond what follows from its declaration. */
const further: Readonly<Record<string, readonly ProblemCode[]>> = {
  "auth.createKey": ["name_taken"],
  "auth.setUp": ["invalid_credential", "expired_credential", "bad_origin", "rate_limited", "conflict"],
  "auth.makeSetUpUrl": ["conflict"],
  "auth.openSession": [
    "invalid_credential",
    "expired_credential",
    "second_factor_required",
    "forbidden",
    "bad_origin",
    "rate_limited",
  ],
  "device.startDeviceLogin": ["rate_limited"],
  "device.takeDeviceKey": ["authorization_pending", "slow_down", "access_denied", "expired_token"],
  "people.createUser": ["name_taken"],
  "people.changeUser": ["last_admin"],
  "people.deleteUser": ["last_admin"],
  "people.eraseUser": ["last_admin"],
  "people.offerSecondFactor": ["conflict", "rate_limited"],
  "people.confirmSecondFactor": ["conflict"],
  "people.removeSecondFactor": ["rate_limited"],
  "people.changePassword": ["rate_limited"],
  "projects.createProject": ["name_taken"],
  "projects.deleteProject": ["conflict"],
  "drafts.putDraft": ["precondition_failed", "invalid_bundle", "conflict"],
  "drafts.deleteDraft": ["precondition_failed", "conflict"],
  "savedInputs.putSavedInput": ["conflict"],
  "backups.getBackups": ["conflict"],
  "backups.startBackup": ["conflict"],
  "kv.putKv": ["precondition_failed", "quota_exceeded"],
  "kv.deleteKv": ["precondition_failed"],
  "drafts.buildDraft": ["precondition_failed", "invalid_bundle"],
  "drafts.runDraft": ["precondition_failed", "invalid_bundle", "build_failed", "version_not_ready"],
  "executions.cancelExecution": ["already_finished"],
  "executions.getInput": ["conflict"],
  "executions.getLogs": ["range_not_satisfiable"],
  "executions.getResult": [
    "not_finished",
    "response_not_kept",
    "gone",
    "cancelled",
    "function_error",
    "init_error",
    "crashed",
    "out_of_memory",
    "bad_response",
    "refused_by_runner",
    "secret_unavailable",
    "no_runner",
    "lost",
    "infrastructure",
    "timed_out",
  ],
  "executions.replayExecution": ["conflict", "version_not_ready", "gone", "idempotency_mismatch"],
  "executionDiff.diffExecutions": ["conflict"],
  "functions.putFunction": ["precondition_failed"],
  "functions.patchFunction": ["precondition_failed"],
  "functions.deleteFunction": ["precondition_failed"],
  "functions.deployVersion": ["invalid_bundle", "build_failed"],
  "functions.getSource": ["gone"],
  "functionAliases.putAlias": ["version_not_ready", "conflict"],
  "functionAliases.deleteAlias": ["conflict"],
  "sources.createSource": ["name_taken", "url_not_allowed", "conflict"],
  "sources.diffSource": ["repository_unreadable", "url_not_allowed", "invalid_bundle"],
  "sources.push": ["invalid_signature", "payload_too_large"],
  "channels.createChannel": ["name_taken", "url_not_allowed"],
  "channels.changeChannel": ["url_not_allowed"],
  "channels.testChannel": ["conflict"],
  "channelRules.createChannelRule": ["name_taken"],
  "channelMessages.resendChannelMessage": ["conflict"],
  "runners.patchRunner": ["name_taken"],
  "runnerProtocol.enroll": [
    "enrolment_token_invalid",
    "enrolment_token_used",
    "enrolment_token_expired",
    "name_taken",
  ],
  "runnerProtocol.token": ["invalid_credential", "clock_skew"],
  "runnerProtocol.session": ["runner_too_old"],
  "runnerProtocol.start": ["cancelled"],
  "runnerProtocol.request": ["request_consumed", "cancelled", "gone"],
  "runnerProtocol.logs": ["log_gap", "payload_too_large"],
  "runnerProtocol.response": ["cancelled", "payload_too_large"],
  "runnerProtocol.rotateKeys": ["conflict"],
  "runnerProtocol.putBundle": ["invalid_bundle", "payload_too_large"],
  "kv.kvFromJob": ["precondition_failed", "quota_exceeded", "rate_limited"],
  "runnerProtocol.invokeFromJob": ["loop_detected", "no_runner", "timed_out", "function_error"],
};

/** The problem codes that an endpoint of the contract may answer with. */
export function problemsOf(name: string, endpoint: Endpoint): ReadonlySet<ProblemCode> {
  const codes = new Set([...anywhere, ...(further[name] ?? [])]);
  const add = (...more: readonly ProblemCode[]) => {
    for (const code of more) codes.add(code);
  };
  const { scope, method, path, params, query, body, rawBody } = endpoint;
  if (scope !== "public" && scope !== "enrolment") {
    add(...credentials);
    if (scope !== "session") add("forbidden");
    if (scope !== "runner" && method !== "GET") add("bad_origin");
  }
  if (path.startsWith("/runner/")) add("protocol_unsupported");
  if (scope === "runner") add("session_superseded");
  if (scope === "runner" && path.includes("/executions/")) add("fenced");
  if (params !== undefined) add("not_found", "validation_failed");
  if (query !== undefined) add("validation_failed");
  if (body !== undefined)
    add(
      "invalid_json",
      "digest_mismatch",
      "payload_too_large",
      "unsupported_media_type",
      "validation_failed",
    );
  if (rawBody !== undefined) add("payload_too_large");
  if (endpoint.creates === true) add("idempotency_mismatch", "response_not_kept", "conflict");
  return codes;
}

/** OpenAPI responses of problem codes: one a status, naming its codes. */
export function problemResponses(codes: Iterable<ProblemCode>): Json {
  const byStatus = new Map<number, string[]>();
  for (const code of codes) {
    const [status, title] = problemCodes[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), `\`${code}\`: ${title}`]);
  }
  const responses = [...byStatus]
    .sort(([a], [b]) => a - b)
    .map(([status, lines]) => [String(status), problemAs(lines.join("; "))]);
  return Object.fromEntries(responses);
}

/** A problem document as an OpenAPI response. */
export function problemAs(description: string): Json {
  return {
    description,
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  };
}

/** The JSON Schema of a problem document. */
export const problemSchema: Json = {
  type: "object",
  description: "A problem (RFC 9457)",
  required: ["type", "title", "status", "detail", "code"],
  properties: {
    type: { type: "string", format: "uri" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string", description: "What was wrong and what was seen" },
    code: { type: "string", enum: Object.keys(problemCodes) },
    requestId: { type: "string" },
    hint: { type: "string", description: "What to do" },
    errors: {
      type: "array",
      items: {
        type: "object",
        required: ["pointer", "detail"],
        properties: {
          pointer: { type: "string", description: "A JSON Pointer" },
          detail: { type: "string" },
        },
      },
    },
  },
};
