import { ProblemError } from "@pulse/schema/problem";
import type { HmacSettings, Provider } from "@pulse/schema/wire/webhooks";
import { aboutGeneric, generic } from "./generic.ts";
import { keyBytes, standardKey } from "./key-bytes.ts";
import { aboutSlack, aboutStripe, slack, stripe } from "./payments.ts";
import { type About, type Incoming, type Proof, unsigned } from "./proof.ts";
import {
  aboutForgejo,
  aboutGitea,
  aboutGithub,
  aboutGitlab,
  aboutSignedGitlab,
  forgejo,
  gitea,
  github,
  gitlabToken,
} from "./repositories.ts";
import { aboutStandard, standard } from "./standard.ts";

/** What an endpoint checks with. */
export interface Checks {
  provider: Provider;
  hmac: HmacSettings;
  toleranceMs: number;
}

/** How a provider's requests show where they come from. */
export function proofOf(
  incoming: Incoming,
  { provider, hmac }: Pick<Checks, "provider" | "hmac">,
): Proof | null {
  switch (provider) {
    case "github":
      return github(incoming);
    case "gitea":
      return gitea(incoming);
    case "forgejo":
      return forgejo(incoming);
    case "gitlab-token":
      return gitlabToken(incoming);
    case "gitlab":
    case "standard":
      return standard(incoming);
    case "stripe":
      return stripe(incoming);
    case "slack":
      return slack(incoming);
    case "hmac":
      return generic(incoming, hmac);
  }
}

/** What a request that was checked says of itself. */
export function aboutOf(
  incoming: Incoming,
  payload: unknown,
  { provider, hmac }: Pick<Checks, "provider" | "hmac">,
): About {
  switch (provider) {
    case "github":
      return aboutGithub(incoming);
    case "gitea":
      return aboutGitea(incoming);
    case "forgejo":
      return aboutForgejo(incoming);
    case "gitlab-token":
      return aboutGitlab(incoming);
    case "gitlab":
      return aboutSignedGitlab(incoming);
    case "standard":
      return aboutStandard(incoming, payload);
    case "stripe":
      return aboutStripe(payload);
    case "slack":
      return aboutSlack(payload);
    case "hmac":
      return aboutGeneric(incoming, hmac);
  }
}

/**
 * Returns when it was signed, seconds (null: that is not said); throws unless these very bytes come from somebody who has one of the secrets: `invalid_signature`, and `timestamp_out_of_tolerance` for what was
 * signed too long ago or in the future. All secrets are tried, so that the time
 * does not tell which one was near; comparing is the platform's, in constant time.
 */
export async function verify(
  incoming: Incoming,
  checks: Checks,
  secrets: readonly string[],
  now: number,
): Promise<{ time: number | null }> {
  const proof = proofOf(incoming, checks);
  if (proof === null) throw unsigned();
  let isGood = false;
  for (const secret of secrets) isGood = (await isFrom(proof, secret)) || isGood;
  if (!isGood) throw unsigned();
  const time = proof.kind === "token" ? null : proof.time;
  if (time !== null && Math.abs(now - time * 1000) > checks.toleranceMs) {
    const detail = `the request was signed more than ${checks.toleranceMs / 1000} s from the gateway's time`;
    throw new ProblemError("timestamp_out_of_tolerance", detail);
  }
  return { time };
}

async function isFrom(proof: Proof, secret: string): Promise<boolean> {
  // An empty secret is everybody's.
  if (secret === "") return false;
  if (proof.kind === "token") return await isSame(proof.token, secret);
  if (proof.kind === "standard") {
    const key = standardKey(secret);
    if (key === null || key.bytes.length === 0) return false;
    return key.isPublic
      ? await isAny(proof.ed25519, key.bytes, { name: "Ed25519" }, proof.signed)
      : await isAny(proof.hmac, key.bytes, { name: "HMAC", hash: "SHA-256" }, proof.signed);
  }
  const raw = keyBytes(secret, proof.secret);
  if (raw === null || raw.length === 0 || proof.signatures.length === 0) return false;
  const goods = await matches(proof.signatures, raw, { name: "HMAC", hash: proof.hash }, proof.signed);
  return proof.need === "all" ? goods.every(Boolean) : goods.some(Boolean);
}

async function isAny(...asked: Parameters<typeof matches>): Promise<boolean> {
  return (await matches(...asked)).some(Boolean);
}

async function matches(
  signatures: readonly Uint8Array<ArrayBuffer>[],
  raw: Uint8Array<ArrayBuffer>,
  algorithm: { name: string; hash?: string },
  signed: Uint8Array<ArrayBuffer>,
): Promise<boolean[]> {
  if (signatures.length === 0) return [];
  const key = await crypto.subtle.importKey("raw", raw, algorithm as HmacImportParams, false, ["verify"]);
  return await Promise.all(signatures.map((one) => crypto.subtle.verify(algorithm.name, key, one, signed)));
}

/** Two texts compared by HMACs of both under a key that lives for this comparison. */
async function isSame(one: string, other: string): Promise<boolean> {
  const algorithm: HmacKeyGenParams = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"]);
  const encoder = new TextEncoder();
  const mac = await crypto.subtle.sign("HMAC", key, encoder.encode(one));
  return await crypto.subtle.verify("HMAC", key, mac, encoder.encode(other));
}
