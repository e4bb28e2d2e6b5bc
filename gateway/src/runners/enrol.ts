import { makeId } from "@pulse/schema/ids";
import { ProblemError } from "@pulse/schema/problem";
import { nameField } from "@pulse/schema/wire/fields";
import { leaseNumbers, type RunnerFacts } from "@pulse/schema/wire/runner-protocol";
import { sha256Hex, toBase64Url } from "../http/encoding.ts";
import type { Ports } from "../ports.ts";
import { proves, readPublicKeys } from "./keys.ts";
import { createRunnerStore } from "./store.ts";

/** The numbers that a runner works by; `tokenUrl` is the audience of its assertions. */
export interface RunnerConfig {
  renewEveryMs: number;
  selfFenceMs: number;
  syncWaitMs: number;
  tokenUrl: string;
}

/** What the gateway tells a runner about how to work. */
export function runnerConfig(publicUrl: string): RunnerConfig {
  const { renewEveryMs, selfFenceMs, syncWaitMs } = leaseNumbers;
  return { renewEveryMs, selfFenceMs, syncWaitMs, tokenUrl: `${publicUrl}/runner/v1/token` };
}

/** What an enrolment token gives whoever uses it. */
export interface TokenGrant {
  project: string;
  pool: string;
  labels: Record<string, string>;
  ephemeral: boolean;
  uses: number;
  expiresInMs: number;
}

/** Makes an enrolment token of 256 random bits; only its digest is kept. */
export async function makeEnrolmentToken(
  ports: Ports,
  grant: TokenGrant,
): Promise<{ token: string; expiresAt: number }> {
  const token = `pet_${toBase64Url(ports.random(32))}`;
  const now = ports.now();
  const expiresAt = now + grant.expiresInMs;
  await createRunnerStore(ports.database).addToken({
    digest: await sha256Hex(token),
    project: grant.project,
    pool: grant.pool,
    labels: grant.labels,
    ephemeral: grant.ephemeral,
    usesLeft: grant.uses,
    expiresAt,
    createdAt: now,
  });
  return { token, expiresAt };
}

/** The project that a token enrols into; null for one that is not known. */
export async function projectOfToken(ports: Ports, token: string): Promise<string | null> {
  return (await createRunnerStore(ports.database).token(await sha256Hex(token)))?.project ?? null;
}

/** Facts as far as a runner knows them when it enrols; its session tells them all. */
export type SentFacts = { [K in keyof RunnerFacts]?: RunnerFacts[K] | undefined };

/** What a runner sends to enrol. */
export interface Enrolment {
  token: string;
  name: string;
  signingKey: unknown;
  sealingKey: unknown;
  /** Compact JWS by the signing key over `{token, sealingKey}`. */
  proof: string;
  facts?: SentFacts | undefined;
}

/**
 * Makes a runner by a token, which is used up by one in the same transaction. The same token, name and key again is the same runner: the
 * answer may have been lost. Throws `enrolment_token_invalid`, `_expired`, `_used`,
 * `name_taken`, `validation_failed`, and `invalid_credential` when the proof does not hold.
 */
export async function enrol(
  ports: Ports,
  { token, name, signingKey, sealingKey, proof, facts }: Enrolment,
): Promise<{ runner: string; name: string; pool: string; project: string }> {
  if (!nameField.safeParse(name).success) {
    const detail = "must be 1–63 of a–z, 0–9, - and _, starting and ending with a letter or digit";
    throw new ProblemError("validation_failed", `the name ${detail}, got ${JSON.stringify(name)}`, {
      errors: [{ pointer: "/name", detail }],
    });
  }
  const keys = await readPublicKeys(signingKey, sealingKey);
  if (!(await proves(proof, keys.signing, { texts: { token }, keys: { sealingKey: keys.sealing } }))) {
    throw new ProblemError(
      "invalid_credential",
      "the proof is not a signature of the token and the sealing key by the signing key",
    );
  }
  const store = createRunnerStore(ports.database);
  const digest = await sha256Hex(token);
  const now = ports.now();
  const id = makeId("runner", now, ports.random(10));
  const row = {
    id,
    name,
    thumbprint: keys.thumbprint,
    signingKey: keys.signing,
    sealingKey: keys.sealing,
    createdAt: now,
    facts: factsOf(facts),
  };
  const enrolled = await store.enrol(digest, row, now);
  const grant = await store.token(digest);
  if (enrolled && grant !== null) return { runner: id, name, pool: grant.pool, project: grant.project };
  const standing = grant === null ? null : await store.byName(grant.project, name);
  if (standing?.thumbprint === keys.thumbprint) {
    return { runner: standing.id, name, pool: standing.pool, project: standing.project };
  }
  if (grant === null) throw new ProblemError("enrolment_token_invalid", "this enrolment token is not known");
  if (grant.expiresAt <= now) {
    throw new ProblemError(
      "enrolment_token_expired",
      `this enrolment token expired at ${new Date(grant.expiresAt).toISOString()}`,
    );
  }
  if (grant.usesLeft < 1) throw new ProblemError("enrolment_token_used", "this enrolment token was used up");
  throw new ProblemError("name_taken", `a runner named ${JSON.stringify(name)} is enrolled already`, {
    hint: "Choose another name, or delete that runner first.",
  });
}

function factsOf(facts: SentFacts | undefined): RunnerFacts | null {
  if (facts === undefined) return null;
  const { os = "", arch = "", cpus = 0, memoryBytes = 0, runtimes = [], ...more } = facts;
  return { ...more, os, arch, cpus, memoryBytes, runtimes };
}
