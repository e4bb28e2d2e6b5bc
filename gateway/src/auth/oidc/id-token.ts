import { ProblemError } from "@pulse/schema/problem";
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from "jose";

/** Signatures that only the provider can make. Never `none`, and never HMAC: its key would be the client's secret, or the provider's public key. */
const asymmetric = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
const clockToleranceS = 60;
const oldestS = 600;

/** What an ID token must be. */
export interface Expected {
  issuer: string;
  clientId: string;
  nonce: string;
  /** The algorithms that the provider says it uses. */
  algorithms: readonly string[];
  now: number;
}

/**
 * The claims of an ID token (OpenID Connect Core 3.1.3.7). `keysOf(true)` reads the provider's keys again, for one that is not known. Throws
 * `invalid_credential`, and what reading the keys throws.
 */
export async function claimsOf(
  token: string,
  { issuer, clientId, nonce, algorithms, now }: Expected,
  keysOf: (isStale: boolean) => Promise<JSONWebKeySet>,
): Promise<JWTPayload> {
  const allowed = asymmetric.filter((one) => algorithms.includes(one));
  const options = {
    issuer,
    audience: clientId,
    algorithms: allowed,
    clockTolerance: clockToleranceS,
    maxTokenAge: oldestS,
    requiredClaims: ["sub", "exp", "iat"],
    currentDate: new Date(now),
  };
  const verified = async (isStale: boolean) =>
    (await jwtVerify(token, createLocalJWKSet(await keysOf(isStale)), options)).payload;
  const claims = await verified(false)
    .catch((error: unknown) => {
      if (error instanceof errors.JWKSNoMatchingKey) return verified(true);
      throw error;
    })
    .catch((cause: unknown) => {
      throw cause instanceof ProblemError
        ? cause
        : refused(cause instanceof Error ? cause.message : "", cause);
    });
  if (claims.nonce !== nonce) throw refused("its nonce is not the one of this sign-in");
  if (Array.isArray(claims.aud) && claims.aud.length > 1 && claims.azp !== clientId) {
    throw refused("it is for several clients and was not issued to this one");
  }
  if (claims.azp !== undefined && claims.azp !== clientId) throw refused("it was issued to another client");
  return claims;
}

function refused(why: string, cause?: unknown): ProblemError {
  return new ProblemError("invalid_credential", `the identity provider's token is not good: ${why}`, {
    cause,
  });
}
