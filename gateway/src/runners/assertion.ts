import { ProblemError } from "@pulse/schema/problem";
import { decodeJwt, errors, type JWK } from "jose";
import * as z from "zod";
import type { Ports } from "../ports.ts";
import { signedPayload } from "./keys.ts";
import { createRunnerStore, type RunnerRow } from "./store.ts";

/** An assertion may live this long; clocks may differ by the tolerance. */
const livesMostMs = 60_000;
const toleranceMs = 30_000;

const claims = z.object({
  iss: z.string(),
  sub: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  jti: z.string().min(8).max(200),
  iat: z.number(),
  exp: z.number(),
});

/**
 * Checks a `private_key_jwt` assertion (RFC 7523) and uses it up; returns the runner. Throws `invalid_credential`, and `clock_skew`
 * with `serverTimeMs` when only the times are wrong.
 */
export async function useAssertion(
  ports: Ports,
  assertion: string,
  audiences: readonly string[],
): Promise<RunnerRow> {
  const store = createRunnerStore(ports.database);
  const row = await store.byId(subjectOf(assertion));
  if (row === null) throw invalid("its subject is no runner here; enrol again");
  const payload = claims.safeParse(await payloadOf(assertion, row, ports.now()));
  if (!payload.success)
    throw invalid("it is not signed by the runner's key, or lacks iss, sub, aud, jti, iat or exp");
  const { iss, sub, aud, jti, iat, exp } = payload.data;
  if (iss !== row.id || sub !== row.id) throw invalid("iss and sub must both be the runner's id");
  const named = typeof aud === "string" ? [aud] : aud;
  if (!named.some((one) => audiences.includes(one))) {
    throw invalid(
      `aud must be ${audiences[0]}, got ${named.join(", ")}`,
      "PULSE_PUBLIC_URL must be the origin under which runners reach the gateway.",
    );
  }
  if ((exp - iat) * 1000 > livesMostMs) throw invalid("it may live 60 seconds at most");
  const now = ports.now();
  if (iat * 1000 > now + toleranceMs || exp * 1000 < now - toleranceMs) {
    throw new ProblemError("clock_skew", "the runner's clock and the gateway's differ by more than 30 s", {
      members: { serverTimeMs: now },
    });
  }
  // Kept until it could not be accepted any longer.
  if (!(await store.useAssertion(row, jti, exp * 1000 + toleranceMs + 1, now)))
    throw invalid("its jti was used before");
  return row;
}

/** The key of before a rotation signs as well until its time is over. */
async function payloadOf(assertion: string, row: RunnerRow, now: number): Promise<unknown> {
  const payload = await signedPayload(assertion, asJwk(row.signingKey));
  if (payload !== null || row.previousKey === null || (row.previousUntil ?? 0) <= now) return payload;
  return await signedPayload(assertion, asJwk(row.previousKey));
}

function asJwk(key: JsonWebKey): JWK {
  // The row holds what `readPublicKeys` accepted; the two types differ in optional members only.
  return key as JWK;
}

function subjectOf(assertion: string): string {
  try {
    return decodeJwt(assertion).sub ?? "";
  } catch (cause) {
    if (cause instanceof errors.JOSEError) throw invalid("it is no JWT");
    throw cause;
  }
}

function invalid(why: string, hint?: string): ProblemError {
  const extras = hint === undefined ? {} : { hint };
  return new ProblemError("invalid_credential", `the assertion is not valid: ${why}`, extras);
}

/**
 * The audiences that name this gateway's token endpoint: the public one, and, for a runner on the same machine, the loopback address
 * that it called (another machine cannot have such an assertion made for it).
 */
export function tokenAudiences(publicUrl: string, requestUrl: string): string[] {
  const audiences = [`${publicUrl}/runner/v1/token`];
  const { protocol, hostname, port } = new URL(requestUrl);
  if (!isLoopback(hostname)) return audiences;
  const at = port === "" ? "" : `:${port}`;
  for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
    audiences.push(`${protocol}//${host}${at}/runner/v1/token`);
  }
  return audiences;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
