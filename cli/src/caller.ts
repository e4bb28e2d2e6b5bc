import { ProblemError } from "@pulse/schema/problem";
import type { Profile } from "./profile.ts";

const secretName = /key|token|secret|password|signature/i;

/** An address as it may be shown: no user, no password, no value that is named like a credential. */
export function shownUrl(address: string): string {
  const url = new URL(address);
  url.username = "";
  url.password = "";
  for (const name of [...url.searchParams.keys()])
    if (secretName.test(name)) url.searchParams.set(name, "***");
  return url.href;
}

/**
 * `fetch` for one gateway: sends the profile's key to that gateway and nowhere else, and says "cannot be reached" as a problem. With `trace`
 * each request and each answer is a line: method, address, status, time, size and request id, never a header's value that could be a credential.
 */
export function callerOf(profile: Profile, trace: ((line: string) => void) | null): typeof fetch {
  return async (input, init) => {
    const address = input instanceof Request ? input.url : String(input);
    const headers = new Headers(init?.headers);
    const isOurs = new URL(address).origin === new URL(profile.gateway).origin;
    if (isOurs && profile.key !== null && !headers.has("authorization"))
      headers.set("authorization", `Bearer ${profile.key}`);
    if (isOurs && profile.project !== undefined) headers.set("pulse-project", profile.project);
    trace?.(`→ ${init?.method ?? "GET"} ${shownUrl(address)}`);
    const begun = performance.now();
    const tookMs = () => Math.round(performance.now() - begun);
    try {
      const response = await fetch(input, { ...init, headers });
      trace?.(`← ${response.status} ${answerText(response, tookMs())}`);
      return response;
    } catch (cause) {
      const signal = init?.signal;
      trace?.(`← ${signal?.aborted ? "aborted" : reasonOf(cause)} · ${tookMs()} ms`);
      if (signal?.aborted) throw signal.reason;
      throw new ProblemError("unavailable", `the gateway at ${profile.gateway} could not be reached`, {
        cause,
        members: { unreachable: true },
      });
    }
  };
}

function answerText({ statusText, headers }: Response, ms: number): string {
  const length = headers.get("content-length");
  const request = headers.get("x-request-id");
  return [
    `${statusText}${statusText === "" ? "" : " · "}${ms} ms`,
    ...(length === null ? [] : [`${length} B`]),
    ...(request === null ? [] : [request]),
  ].join(" · ");
}

/** Why a connection failed, in the system's word where there is one: `ECONNREFUSED`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}
