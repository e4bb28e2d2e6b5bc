/** Every problem code with its HTTP status and title. Codes are stable; `docs/problems.md` is generated from this table. */
export const problemCodes = {
  bad_request: [400, "The request could not be understood"],
  invalid_json: [400, "The body is not valid JSON"],
  digest_mismatch: [400, "The body was damaged on its way"],
  authorization_pending: [400, "Nobody has let the machine in yet"],
  slow_down: [400, "The machine asks too often"],
  access_denied: [400, "The machine was turned away"],
  expired_token: [400, "The time to let the machine in is over"],
  invalid_state: [400, "This sign-in is not under way"],
  unauthenticated: [401, "No valid credential was sent"],
  invalid_credential: [401, "The credential is not valid"],
  expired_credential: [401, "The credential has expired"],
  second_factor_required: [401, "A second factor is needed"],
  invalid_signature: [401, "The signature is not valid"],
  timestamp_out_of_tolerance: [401, "The request was signed too long ago"],
  clock_skew: [401, "The clocks differ too much"],
  enrolment_token_used: [401, "The enrolment token was used up"],
  enrolment_token_expired: [401, "The enrolment token has expired"],
  enrolment_token_invalid: [401, "The enrolment token is not known"],
  forbidden: [403, "The credential does not allow this"],
  bad_origin: [403, "The request came from another origin"],
  not_found: [404, "Nothing is here"],
  method_not_allowed: [405, "This path does not take that method"],
  request_too_slow: [408, "The request came too slowly"],
  conflict: [409, "The request conflicts with the present state"],
  delivery_id_conflict: [409, "A delivery with this id and another body came before"],
  name_taken: [409, "The name is taken"],
  last_admin: [409, "The gateway would be without an administrator"],
  fenced: [409, "Another holder has this execution"],
  session_superseded: [409, "A newer session of this runner took over"],
  version_not_ready: [409, "The version is not ready"],
  response_not_kept: [409, "The response was too large to keep"],
  not_finished: [409, "The execution has not finished"],
  already_finished: [409, "The execution has already finished"],
  prompt_answered: [409, "The prompt was answered already"],
  prompt_ambiguous: [409, "Several prompts are open"],
  request_consumed: [409, "The request body was already read"],
  logs_missing: [409, "Log lines are missing"],
  cancelled: [410, "The execution was cancelled"],
  prompt_expired: [410, "The time to answer the prompt is over"],
  gone: [410, "This is no longer kept"],
  precondition_failed: [412, "The thing has changed since it was read"],
  payload_too_large: [413, "The body is too large"],
  uri_too_long: [414, "The address is too long"],
  unsupported_media_type: [415, "This content type is not understood"],
  range_not_satisfiable: [416, "The range lies outside of what is there"],
  log_gap: [416, "The log chunk does not follow the last one"],
  validation_failed: [422, "The request is not valid"],
  invalid_option: [422, "The prompt has no such option"],
  invalid_bundle: [422, "The bundle is not valid"],
  build_failed: [422, "The build failed"],
  url_not_allowed: [422, "The URL may not be called from here"],
  invalid_header: [422, "The header may not be sent"],
  idempotency_mismatch: [422, "The idempotency key was used for another request"],
  repository_unreadable: [422, "The repository could not be read"],
  runner_too_old: [426, "The runner is too old for this gateway"],
  protocol_unsupported: [426, "The protocol version is not spoken here"],
  rate_limited: [429, "Too many requests"],
  quota_exceeded: [429, "The plan's quota is used up"],
  over_capacity: [429, "The function is at its limit"],
  headers_too_large: [431, "The headers are too large"],
  internal: [500, "Something went wrong on our side"],
  function_error: [500, "The function threw an error"],
  init_error: [502, "The function could not be loaded"],
  crashed: [502, "The function's process ended unexpectedly"],
  out_of_memory: [502, "The function ran out of memory"],
  bad_response: [502, "The function answered with something that cannot be sent"],
  refused_by_runner: [502, "The runner's own policy refused the job"],
  secret_unavailable: [502, "A secret of the function is not to be had"],
  no_runner: [503, "No runner could take the work in time"],
  infrastructure: [503, "The runner or its engine failed"],
  lost: [503, "The runner was lost while it held the work"],
  unavailable: [503, "The service cannot answer right now"],
  read_only: [503, "The database is read-only"],
  timed_out: [504, "The function did not finish in time"],
  storage_full: [507, "The gateway's disk is full"],
  loop_detected: [508, "Functions call each other too deeply"],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof problemCodes;

/** One invalid place in a request: a JSON Pointer (RFC 6901) and what is wrong there. */
export interface FieldProblem {
  pointer: string;
  detail: string;
}

/** The wire form of a problem, RFC 9457. */
export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ProblemCode;
  requestId?: string;
  errors?: FieldProblem[];
  hint?: string;
  [extension: string]: unknown;
}

export interface ProblemExtras {
  errors?: FieldProblem[];
  hint?: string;
  /** Seconds, sent as `Retry-After`. */
  retryAfter?: number;
  /** Further headers of the answer, such as `RateLimit`. */
  headers?: readonly (readonly [string, string])[];
  /** Further members of the document, such as `serverTimeMs`. */
  members?: Record<string, unknown>;
  cause?: unknown;
  /** What answered was not a gateway: a proxy's page, say. Never on the wire. */
  foreign?: boolean;
}

/** The only error thrown on purpose: a code of the table and what was wrong, in words that say what was seen. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly extras: ProblemExtras;

  constructor(code: ProblemCode, detail: string, extras: ProblemExtras = {}) {
    super(detail, extras.cause === undefined ? undefined : { cause: extras.cause });
    this.name = "ProblemError";
    this.code = code;
    this.status = problemCodes[code][0];
    this.extras = extras;
  }

  /** The RFC 9457 document of this problem. */
  toDocument(requestId?: string): ProblemDocument {
    const { errors, hint, members } = this.extras;
    return {
      type: `urn:pulse:problem:${this.code}`,
      title: problemCodes[this.code][1],
      status: this.status,
      detail: this.message,
      code: this.code,
      ...(requestId === undefined ? {} : { requestId }),
      ...(errors === undefined ? {} : { errors }),
      ...(hint === undefined ? {} : { hint }),
      ...members,
    };
  }
}

/** Whether a text is a code of the table. */
export function isProblemCode(text: unknown): text is ProblemCode {
  return typeof text === "string" && Object.hasOwn(problemCodes, text);
}

/** Turns a problem document from the wire back into the error; anything else becomes `unavailable` or `internal` by status. */
export function problemFromWire(status: number, body: unknown, retryAfter?: number): ProblemError {
  const more = retryAfter === undefined ? {} : { retryAfter };
  if (typeof body === "object" && body !== null && "code" in body && isProblemCode(body.code)) {
    const {
      code,
      detail,
      hint,
      errors,
      type: _t,
      title: _ti,
      status: _s,
      requestId,
      ...rest
    } = body as ProblemDocument;
    return new ProblemError(code, detail ?? problemCodes[code][1], {
      ...more,
      ...(hint === undefined ? {} : { hint }),
      ...(errors === undefined ? {} : { errors }),
      members: requestId === undefined ? rest : { ...rest, requestId },
    });
  }
  const seen = typeof body === "string" && body !== "" ? `: ${body.slice(0, 200)}` : "";
  return new ProblemError(
    status >= 500 ? "unavailable" : "bad_request",
    `answered ${status} without a problem${seen}`,
    { ...more, foreign: true },
  );
}
