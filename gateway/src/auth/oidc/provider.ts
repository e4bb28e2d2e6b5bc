import { ProblemError } from "@pulse/schema/problem";
import type { JSONWebKeySet } from "jose";
import * as z from "zod";
import { safeFetch } from "../../outbound/safe-fetch.ts";
import type { Ports } from "../../ports.ts";

const answerWithinMs = 5000;
const answerMost = 512 * 1024;
const goodForMs = 3_600_000;
/** Keys that were just fetched are not fetched again for a key that is not among them. */
const freshMs = 60_000;

/** What the provider says of itself (OpenID Connect Discovery 1.0). */
const discovery = z.object({
  issuer: z.string(),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  jwks_uri: z.url(),
  userinfo_endpoint: z.url().optional(),
  token_endpoint_auth_methods_supported: z.array(z.string()).default(["client_secret_basic"]),
  id_token_signing_alg_values_supported: z.array(z.string()).default(["RS256"]),
  code_challenge_methods_supported: z.array(z.string()).optional(),
});
export type Discovery = z.output<typeof discovery>;

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) });

interface Known<T> {
  value: T;
  readAt: number;
}

/** What is known of a provider, in the memory of one process. Values, never promises: a Worker must not wait for another request's. */
export interface Provider {
  about(): Promise<Discovery>;
  /** Its keys; those of a moment ago unless `isStale`. */
  keys(isStale: boolean): Promise<JSONWebKeySet>;
  /** Sends a form or a bearer token to one of its endpoints; throws `unavailable` when it does not answer. */
  ask(url: string, init: { method: string; headers: Record<string, string>; body?: string }): Promise<Answer>;
}

/** A JSON answer of the provider's. */
export interface Answer {
  status: number;
  body: unknown;
}

const made = new WeakMap<Ports, Map<string, Provider>>();

/** The provider of an issuer: one for the same ports, so that what it said is read once an hour. */
export function providerOf(ports: Ports, issuer: string): Provider {
  const all = made.get(ports) ?? new Map<string, Provider>();
  made.set(ports, all);
  const provider = all.get(issuer) ?? newProvider(ports, issuer);
  all.set(issuer, provider);
  return provider;
}

function newProvider(ports: Ports, issuer: string): Provider {
  let known: Known<Discovery> | null = null;
  let keys: Known<JSONWebKeySet> | null = null;
  const { policy } = ports.outbound;
  // The operator named the issuer; where its document leads from there is checked.
  const allowed = [...policy.allowed, new URL(issuer).host];
  const outbound = { ...ports.outbound, policy: { ...policy, allowed } };

  async function about(): Promise<Discovery> {
    if (known !== null && ports.now() - known.readAt < goodForMs) return known.value;
    const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const { status, body } = await ask(url, { method: "GET", headers: {} });
    const value = discovery.safeParse(body);
    if (status !== 200 || !value.success) throw away(`its discovery document answered ${status}`);
    if (value.data.issuer !== issuer) {
      throw away(`it calls itself ${JSON.stringify(value.data.issuer)}, not ${JSON.stringify(issuer)}`);
    }
    known = { value: value.data, readAt: ports.now() };
    return value.data;
  }

  async function ask(url: string, init: Parameters<Provider["ask"]>[1]): Promise<Answer> {
    const headers = Object.entries({ accept: "application/json", ...init.headers });
    const body = init.body === undefined ? null : new TextEncoder().encode(init.body);
    // A provider has no reason to send its clients elsewhere: whoever can make it do so should lead nowhere.
    const limits = { timeoutMs: answerWithinMs, readMost: answerMost, redirectsMost: 0 };
    const request = { url, method: init.method, headers, body, ...limits };
    let answer: Awaited<ReturnType<typeof safeFetch>>;
    try {
      answer = await safeFetch(outbound, request, new AbortController().signal);
    } catch (cause) {
      throw away(cause instanceof ProblemError ? cause.message : "it does not answer", cause);
    }
    if (!answer.answered) throw away("it does not answer", answer.cause);
    if (answer.isCut) throw away(`it answered with more than ${answerMost} bytes`);
    return { status: answer.status, body: jsonOf(new TextDecoder().decode(answer.body)) };
  }

  return {
    about,
    ask,
    async keys(isStale) {
      const age = keys === null ? Number.POSITIVE_INFINITY : ports.now() - keys.readAt;
      if (keys !== null && age < (isStale ? freshMs : goodForMs)) return keys.value;
      const { jwks_uri } = await about();
      const { status, body } = await ask(jwks_uri, { method: "GET", headers: {} });
      const value = keySet.safeParse(body);
      if (status !== 200 || !value.success) throw away(`its keys answered ${status}`);
      keys = { value: value.data as JSONWebKeySet, readAt: ports.now() };
      return keys.value;
    },
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function away(why: string, cause?: unknown): ProblemError {
  return new ProblemError("unavailable", `the identity provider cannot be used: ${why}`, {
    cause,
    retryAfter: 10,
    hint: "Passwords and API keys work meanwhile; sessions go on.",
  });
}
