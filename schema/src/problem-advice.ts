import type { ProblemCode } from "./problem.ts";

/** Of every problem code when it comes and what to do about it; `docs/problems.md` is made from this. */
export const problemAdvice: Readonly<Record<ProblemCode, readonly [when: string, whatToDo: string]>> = {
  bad_request: [
    "A header, the path or the body is malformed, or the body broke off",
    "Send what `detail` asks for",
  ],
  digest_mismatch: [
    "The body is not what its `Content-Digest` says; nothing of it was taken",
    "Send it again; where it happens more than once, look at what stands between",
  ],
  invalid_json: ["The body is not JSON, not UTF-8, or nests deeper than 200 levels", "Send valid JSON"],
  authorization_pending: [
    "A machine that waits to be let in asked before a person has answered",
    "Ask again after `interval` seconds",
  ],
  slow_down: [
    "A machine that waits to be let in asked sooner than it was told",
    "Ask five seconds less often from now on (RFC 8628)",
  ],
  access_denied: ["A person turned the machine away", "Begin again, and say yes"],
  expired_token: [
    "Nobody answered for the machine in time, or its key was taken already",
    "Begin again with `pulse login`",
  ],
  invalid_state: [
    "The browser came back from the identity provider with a sign-in that it did not begin, or that has ended",
    "Begin again, in one browser, within ten minutes, with cookies allowed",
  ],
  unauthenticated: [
    "The route needs a credential and none was sent",
    "Send `Authorization: Bearer <API key>`",
  ],
  invalid_credential: [
    "The key or token is not known here, was revoked, or its runner was deleted",
    "Use another key; a runner enrols again",
  ],
  expired_credential: [
    "The key or token was good and its time is over",
    "Make a new key; a runner asks for a new token by itself",
  ],
  second_factor_required: [
    "The password is right, and the account has a second factor",
    "Sign in again with the code of the app, or a recovery code, as `totp`",
  ],
  invalid_signature: [
    "What was sent is not signed with the secret that both sides know, or was signed more than five minutes ago",
    "Check the secret, and that nothing on the way changes the body",
  ],
  timestamp_out_of_tolerance: [
    "A delivery was signed longer ago than the webhook's tolerance, or in the future: it may be one that was recorded",
    "Set the sender's clock, or the webhook's `tolerance`",
  ],
  clock_skew: [
    "A runner signed with a clock that is more than 30 s off",
    "The runner signs again with `serverTimeMs`; set its clock",
  ],
  enrolment_token_used: ["Every use of the enrolment token was taken", "Make a new enrolment token"],
  enrolment_token_expired: ["The enrolment token is older than it may be", "Make a new enrolment token"],
  enrolment_token_invalid: [
    "Nobody made this enrolment token here",
    "Check the token and the gateway's address",
  ],
  forbidden: ["The credential is good and lacks the scope", "Use a key with the scope that `detail` names"],
  bad_origin: [
    "A browser's session came from another origin than the gateway's own",
    "Call from `PULSE_PUBLIC_URL`, or with an API key",
  ],
  not_found: [
    "Nothing has this path or name, or the credential may not know of it",
    "Check the name and the key's project and scopes",
  ],
  method_not_allowed: ["The path exists and does not take this method", "Use a method that `Allow` names"],
  request_too_slow: [
    "Less than 15 KiB of a request's body arrived within 15 s, or its headers took longer than 10 s",
    "Send it again over a better connection",
  ],
  conflict: ["The request does not fit what is there now", "Read `detail`, then look again and retry"],
  last_admin: [
    "Nobody would be left who may manage people and projects",
    "Make somebody else an administrator of every project first",
  ],
  delivery_id_conflict: [
    "A delivery is well signed, but its id is that of an earlier one with another body",
    "Look at both in `pulse webhook deliveries`; a sender gives every delivery an id of its own",
  ],
  name_taken: ["Something of this kind has the name", "Choose another name"],
  fenced: [
    "A runner speaks for a hand-out that is no longer its own",
    "Nothing: the runner drops the work, another holder has it",
  ],
  session_superseded: [
    "A newer process with the same runner key opened a session",
    "Run one process per runner key",
  ],
  version_not_ready: [
    "The version is still being built, or its build failed",
    "Wait, or look at the build's log",
  ],
  response_not_kept: [
    "The call succeeded and its response was over 1 MiB, so a repeat cannot get it again",
    "Store large results elsewhere, or call without `Idempotency-Key`",
  ],
  not_finished: ["The execution has no result yet", "Wait until its status is terminal"],
  prompt_answered: [
    "Somebody answered first, or you did before",
    "Look at the execution: it says who answered what",
  ],
  prompt_ambiguous: ["The execution asks several things at once", "Say which one by its `promptId`"],
  prompt_expired: ["The prompt was not answered in time, or the execution did not wait for it", "Nothing"],
  invalid_option: [
    "The response is none of the prompt's options",
    "Send one of the options that the answer lists",
  ],
  already_finished: ["The execution is over, so it cannot be cancelled", "Nothing"],
  request_consumed: [
    "A piped request body was read already",
    "Nothing: such a call is never handed out twice",
  ],
  logs_missing: [
    "A completion came before its log lines",
    "The runner uploads what is missing and completes again",
  ],
  cancelled: ["The execution was cancelled", "Replay it if it should run after all"],
  gone: ["What was asked for was kept once and is no more", "Run it again"],
  precondition_failed: [
    "`If-Match` names another state than the present one",
    "Read again, then repeat the change",
  ],
  payload_too_large: [
    "The body is over the limit that `detail` names",
    "Send less, or raise `endpoint.maxBody`",
  ],
  unsupported_media_type: ["The endpoint does not read this content type", "Send `application/json`"],
  range_not_satisfiable: [
    "`Range` asks for bytes beyond the end",
    "`Content-Range` says how many there are; ask for some of them",
  ],
  log_gap: ["A log chunk does not follow the last stored line", "The runner goes on from `expectedSeq`"],
  validation_failed: [
    "A field is missing, unknown or has a wrong value",
    "Correct what `errors[]` points at",
  ],
  invalid_bundle: [
    "The bundle is no tar.gz, is too large, has paths that are not allowed, or another digest than it says",
    "Pack only the function's own files",
  ],
  build_failed: [
    "Dependencies could not be installed, or the code could not be loaded once",
    "Read `log`, the end of the build's log",
  ],
  repository_unreadable: [
    "The host of a source's repository did not answer, refused its branch, or sent no archive that can be taken",
    "Look at the address, the branch and the token of the source; what passes by itself is tried again",
  ],
  url_not_allowed: [
    "The URL is of a network that is not public, of another scheme or port, or carries credentials",
    "Name a public `https://` URL, or have the operator name the host in `PULSE_OUTBOUND_HOSTS`",
  ],
  invalid_header: [
    "A header that is to be sent has no valid name or value, or is one that only the gateway sets",
    "Leave it out, or correct it",
  ],
  idempotency_mismatch: [
    "The idempotency key came before with another request",
    "Use a new key for every request that differs",
  ],
  runner_too_old: ["The gateway no longer takes this runner's version", "Update the runner"],
  protocol_unsupported: [
    "`Pulse-Protocol` names a version that the gateway does not speak",
    "Update the older of the two",
  ],
  rate_limited: ["The caller used up its rate", "Wait as `Retry-After` says"],
  quota_exceeded: [
    "The project used up a quota of its plan: nothing new is accepted, what was accepted goes on",
    "Wait as `Retry-After` says, or get a larger plan; `pulse usage plan` shows every quota",
  ],
  over_capacity: [
    "The function runs `maxConcurrency` times at once and its `onLimit` is `reject`",
    "Wait as `Retry-After` says, or raise the limit",
  ],
  uri_too_long: ["The path and the query together are longer than 16 KiB", "Send long values in the body"],
  headers_too_large: [
    "More than 200 headers, or more than 32 KiB of them",
    "Send fewer; cookies are the usual cause",
  ],
  internal: ["A bug of ours", "Look for the `requestId` in the gateway's log, and report it"],
  function_error: [
    "The function's code threw, or returned a rejection",
    "Read the execution's error and logs",
  ],
  init_error: ["The function's module threw or has no usable export", "Read the execution's logs"],
  crashed: [
    "The process ended before it answered: an exit, a signal, a fork that went wrong",
    "Read the last log lines",
  ],
  out_of_memory: ["The sandbox used more than `memory`", "Raise `memory`, or use less"],
  bad_response: ["The return value cannot be sent over HTTP", "Return what the functions guide lists"],
  refused_by_runner: [
    "The runner's policy file does not allow this kind of job",
    "Change the policy on that machine, or the labels",
  ],
  secret_unavailable: [
    "A secret that the function names is not set, does not open, or the runner's Vault does not give it",
    "`detail` names it; set it with `pulse secret set`, or look at the runner's Vault settings",
  ],
  no_runner: [
    "No eligible runner was connected for 10 s, or none was free for 30 s",
    "`detail` says what is missing; start a runner, or try again",
  ],
  infrastructure: ["The runner's engine or disk failed, not the code", "Try again as `Retry-After` says"],
  lost: [
    "The runner vanished and the call could not safely be repeated",
    "Try again if the call may run twice",
  ],
  unavailable: ["The database or the gateway cannot take requests now", "Try again as `Retry-After` says"],
  read_only: [
    "The database takes no writes: it is damaged, or was set so",
    "Read the gateway's log; reads go on",
  ],
  timed_out: [
    "The function ran longer than its timeout",
    "Raise `timeout`, or call with `Prefer: respond-async`",
  ],
  storage_full: [
    "The gateway's disk is full or nearly so: nothing new is taken, what runs is still finished",
    "Free space on it, or keep less (`pulse retention set`); `docs/operations.md` leads through it",
  ],
  loop_detected: ["Calls called each other more than 8 deep", "Look for a function that calls itself"],
};
