import { ProblemError } from "@pulse/schema/problem";
import { maskedLeastChars, readVaultReference } from "@pulse/schema/secret";
import { jsonOrText } from "../../http/json-or-text.ts";
import { type OutgoingAnswer, safeFetch } from "../../outbound/safe-fetch.ts";
import type { Ports } from "../../ports.ts";
import { openSecrets } from "../../secrets/vault.ts";
import type { CallHttp } from "../advance/commands.ts";
import type { Outcome } from "../advance/events.ts";
import type { Sealed } from "../advance/sealed.ts";
import type { OpenRun } from "../runs/open-run.ts";
import { traceparentIn } from "../runs/run-trace.ts";
import { isFirstCall } from "./http-calls.ts";
import { bodyOf, headersOf, isBodiless } from "./request-parts.ts";

/** It stays in the state of the run. */
const bodyMost = 256 * 1024;
const usualTimeoutMs = 30_000;
const timeoutMost = 600_000;
const redirectsMost = 3;
const shown = "***";
/** What is a credential of the receiver's is not kept where people read. */
const hiddenHeaders: ReadonlySet<string> = new Set(["set-cookie"]);

type Headers = [string, string][];

/**
 * Makes the request of an `http` step and returns what was answered: `status`, `headers` and `body`, JSON where it says so. What changes
 * things is sent at most once: where a gateway ended while it was under way, the step is lost. When the signal fires it is broken off. Throws
 * when it cannot say.
 */
export async function callHttp(
  ports: Ports,
  run: OpenRun,
  command: CallHttp,
  signal: AbortSignal,
): Promise<Outcome> {
  const filled = await fillHeaders(ports, run.project, command.request.headers);
  if ("problem" in filled) return failed("secret", filled.problem);
  const { method, url } = command.request;
  const body = bodyOf(command.request.body);
  if (body !== null && isBodiless(method)) {
    return failed("invalid_request", `a ${method} request has no body`);
  }
  const key = `${run.id}:${command.key.replace(/#\d+$/, "")}`;
  const traceparent = traceparentIn(ports, run, command.step);
  const request = {
    ...{
      url,
      method,
      body: body === null ? null : new TextEncoder().encode(body.text),
      headers: headersOf(filled.headers, { key, depth: run.depth + 1, type: body?.type, traceparent }),
    },
    ...{
      timeoutMs: Math.min(command.timeoutMs ?? usualTimeoutMs, timeoutMost),
      readMost: bodyMost,
      redirectsMost,
    },
  };
  if (command.delivery === "atMostOnce" && !(await isFirstCall(ports, run, command.key))) {
    const message = "the gateway ended while the request was under way: whether it arrived is not known";
    return { status: "lost", error: { code: "lost", message } };
  }
  const startedAt = ports.now();
  let answer: Awaited<ReturnType<typeof safeFetch>>;
  try {
    answer = await safeFetch(ports.outbound, request, signal);
  } catch (error) {
    if (error instanceof ProblemError) return failed(error.code, error.message);
    throw error;
  }
  const durationMs = ports.now() - startedAt;
  if (!answer.answered && signal.aborted) {
    const message = "the request was broken off: the run does not wait for it any more";
    return { status: "cancelled", error: { code: "cancelled", message }, durationMs };
  }
  if (!answer.answered) {
    const { because, detail, cause } = answer;
    // Why exactly is the operator's to know: it would tell a user what is behind the gateway.
    const why = cause instanceof Error ? cause.message : null;
    ports.log.warn("a request of a workflow got no answer", { execution: run.id, step: command.step, why });
    const error = { code: because, message: detail };
    return { status: because === "timed_out" ? "timed_out" : "failed", error, durationMs };
  }
  if (answer.isCut) {
    return { ...failed("answer_too_large", `the answer has more than ${bodyMost} bytes`), durationMs };
  }
  return { status: "succeeded", output: outputOf(answer, filled.secrets), durationMs };
}

function failed(code: string, message: string): Outcome {
  return { status: "failed", error: { code, message } };
}

async function fillHeaders(
  ports: Ports,
  project: string,
  headers: Readonly<Record<string, Sealed>>,
): Promise<{ headers: Headers; secrets: string[] } | { problem: string }> {
  const parts = Object.values(headers).flatMap((value) => (typeof value === "string" ? [] : value.$parts));
  const names = new Set(parts.flatMap((part) => (typeof part === "string" ? [] : part.$secret)));
  const vault = [...names].find((name) => readVaultReference(name) !== null);
  if (vault !== undefined)
    return {
      problem: `${vault} is read by runners, and the gateway makes this request: name a stored secret`,
    };
  const { values, faults } = await openSecrets(ports, { project, kind: "user", names: [...names] });
  if (faults.size > 0) return { problem: [...faults.values()].map(({ detail }) => detail).join("; ") };
  const partOf = (part: string | { $secret: string }) =>
    typeof part === "string" ? part : (values.get(part.$secret)?.value ?? "");
  return {
    headers: Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === "string" ? value : value.$parts.map(partOf).join(""),
    ]),
    secrets: [...values.values()].map(({ value }) => value),
  };
}

function outputOf({ status, headers, body }: OutgoingAnswer, secrets: readonly string[]) {
  const hide = hiderOf(secrets);
  const kept = [...headers]
    .filter(([name]) => !hiddenHeaders.has(name))
    .map(([name, value]): [string, string] => [name, hide(value)]);
  const text = new TextDecoder().decode(body);
  const hidden = hide(text);
  const bytes = hidden === text ? body : new TextEncoder().encode(hidden);
  return { status, headers: Object.fromEntries(kept), body: jsonOrText<unknown>(kept, bytes) };
}

/** A receiver may send back what it was sent: secrets are hidden as they are, in JSON, in URLs and in Base64. */
function hiderOf(secrets: readonly string[]): (text: string) => string {
  const forms = secrets
    .filter((secret) => secret.length >= maskedLeastChars)
    .flatMap((secret) => [
      ...[secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)],
      new TextEncoder().encode(secret).toBase64(),
    ]);
  const ordered = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return (text) => ordered.reduce((left, form) => left.replaceAll(form, shown), text);
}
