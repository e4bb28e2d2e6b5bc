import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ProblemError } from "@pulse/schema/problem";
import {
  CompactSign,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  SignJWT,
} from "jose";
import * as z from "zod";
import { writeWhole } from "./durable.ts";

const privateJwk = z.looseObject({ kty: z.literal("OKP"), crv: z.string(), x: z.string(), d: z.string() });
const savedKeys = z.object({ signingKey: privateJwk, sealingKey: privateJwk });
const saved = savedKeys.extend({
  runner: z.string(),
  name: z.string(),
  gateway: z.string(),
  tokenUrl: z.string().optional(),
});

/** Two private keys: Ed25519 to sign with, X25519 for what is sealed to this runner. */
export interface RunnerKeys {
  signingKey: JWK;
  sealingKey: JWK;
}

/** A runner's keys, and who it is once it has enrolled. Private keys never leave the state folder. */
export interface Identity extends RunnerKeys {
  runner: string;
  name: string;
  gateway: string;
  /** The audience of its assertions, as the gateway named it. */
  tokenUrl?: string | undefined;
}

const identityPath = (stateDir: string) => join(stateDir, "identity.json");
const keysPath = (stateDir: string) => join(stateDir, "keys.json");

/** The identity kept in a state folder, or null before the first enrolment. Throws `validation_failed` when the file is damaged. */
export function loadIdentity(stateDir: string): Identity | null {
  return read(identityPath(stateDir), saved);
}

/** Writes the identity, readable by its owner alone. */
export function saveIdentity(stateDir: string, identity: Identity): void {
  writeWhole(identityPath(stateDir), JSON.stringify(identity));
  rmSync(keysPath(stateDir), { force: true });
}

/** The keys of an enrolment that was begun and not answered, else new ones, on disk before anyone hears of them. */
export async function keysToEnrolWith(stateDir: string): Promise<RunnerKeys> {
  const begun = read(keysPath(stateDir), savedKeys);
  if (begun !== null) return begun;
  const keys = await makeKeys();
  writeWhole(keysPath(stateDir), JSON.stringify(keys));
  return keys;
}

function read<T>(path: string, shape: z.ZodType<T>): T | null {
  if (!existsSync(path)) return null;
  try {
    return shape.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    throw new ProblemError("validation_failed", `${path} is damaged: delete it and enrol again`, { cause });
  }
}

/** New keys, made by jose. */
export async function makeKeys(): Promise<RunnerKeys> {
  const signing = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  const sealing = await generateKeyPair("ECDH-ES", { crv: "X25519", extractable: true });
  return { signingKey: await exportJWK(signing.privateKey), sealingKey: await exportJWK(sealing.privateKey) };
}

/** The public half of a key. */
export function publicOf({ kty, crv, x }: JWK): { kty: string; crv: string; x: string } {
  return { kty: kty ?? "", crv: crv ?? "", x: x ?? "" };
}

/** The RFC 7638 thumbprint of a key, by which the gateway knows the runner. */
export function thumbprintOf(key: JWK): Promise<string> {
  return calculateJwkThumbprint(publicOf(key));
}

/** A compact JWS over `{token, sealingKey}`: proves that the enrolling process holds the signing key. */
export async function proofOf(keys: RunnerKeys, token: string): Promise<string> {
  const payload = new TextEncoder().encode(JSON.stringify({ token, sealingKey: publicOf(keys.sealingKey) }));
  return new CompactSign(payload)
    .setProtectedHeader({ alg: "EdDSA" })
    .sign(await importJWK(keys.signingKey, "EdDSA"));
}

/** A private_key_jwt assertion (RFC 7523), good for 50 s; `nowMs` is the gateway's time as far as it is known. */
export async function assertionOf(identity: Identity, audience: string, nowMs: number): Promise<string> {
  const iat = Math.floor(nowMs / 1000);
  return new SignJWT({})
    .setProtectedHeader({ alg: "EdDSA" })
    .setIssuer(identity.runner)
    .setSubject(identity.runner)
    .setAudience(audience)
    .setJti(randomUUID())
    .setIssuedAt(iat)
    .setExpirationTime(iat + 50)
    .sign(await importJWK(identity.signingKey, "EdDSA"));
}
