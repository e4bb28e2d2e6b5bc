import { randomUUID } from "node:crypto";
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { CompactSign, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from "jose";
import * as z from "zod";

const privateJwk = z.looseObject({ kty: z.literal("OKP"), crv: z.string(), x: z.string(), d: z.string() });
const saved = z.object({
  runner: z.string(),
  name: z.string(),
  gateway: z.string(),
  tokenUrl: z.string().nullable().default(null),
  keysMadeAt: z.number().default(0),
  signingKey: privateJwk,
  sealingKey: privateJwk,
});

/** A runner's keys, and who it is once it has enrolled. Private keys never leave the state folder. */
export interface Identity {
  runner: string;
  name: string;
  gateway: string;
  /** The audience of assertions, as the gateway named it; null: the token path under `gateway`. */
  tokenUrl: string | null;
  signingKey: JWK;
  sealingKey: JWK;
  /** Epoch milliseconds. */
  keysMadeAt: number;
}

const pathOf = (stateDir: string) => join(stateDir, "identity.json");
const pendingPathOf = (stateDir: string) => join(stateDir, "pending-keys.json");
const keyPair = z.object({ signingKey: privateJwk, sealingKey: privateJwk });

/** A pair of private keys that is not the identity's yet, or no longer needs to be made. */
export type KeyPair = { signingKey: JWK; sealingKey: JWK };

/**
 * The keys of an enrolment or a rotation under way, kept until the gateway's answer has come: when that is lost, the same keys are sent again
 * and are the same runner.
 */
export async function pendingKeys(stateDir: string): Promise<KeyPair> {
  const path = pendingPathOf(stateDir);
  if (existsSync(path)) return keyPair.parse(JSON.parse(readFileSync(path, "utf8")));
  const keys = await makeKeys();
  writePrivate(path, keys);
  return keys;
}

/** Whether a change of keys was begun and its answer has not come. */
export function hasPendingKeys(stateDir: string): boolean {
  return existsSync(pendingPathOf(stateDir));
}

/** Writes a file that only we may read; it is on the disk, under its name, when this returns: keys that the gateway knows must outlive a loss of power. */
function writePrivate(path: string, value: unknown): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const beside = `${path}.tmp`;
  writeFileSync(beside, JSON.stringify(value), { mode: 0o600 });
  chmodSync(beside, 0o600);
  sync(beside);
  renameSync(beside, path);
  sync(folder);
}

function sync(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** The identity kept in a state folder, or null before the first enrolment. */
export function loadIdentity(stateDir: string): Identity | null {
  const path = pathOf(stateDir);
  if (!existsSync(path)) return null;
  return saved.parse(JSON.parse(readFileSync(path, "utf8")));
}

/** Writes the identity, readable by its owner alone; pending keys are its own now. */
export function saveIdentity(stateDir: string, identity: Identity): void {
  writePrivate(pathOf(stateDir), identity);
  rmSync(pendingPathOf(stateDir), { force: true });
}

/** New keys: Ed25519 to sign with, X25519 for secrets sealed to this runner. */
export async function makeKeys(): Promise<KeyPair> {
  const signing = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  const sealing = await generateKeyPair("ECDH-ES", { crv: "X25519", extractable: true });
  return { signingKey: await exportJWK(signing.privateKey), sealingKey: await exportJWK(sealing.privateKey) };
}

/** The public half of a key. */
export function publicOf({ kty, crv, x }: JWK): { kty: string; crv: string; x: string } {
  return { kty: kty ?? "", crv: crv ?? "", x: x ?? "" };
}

/** A compact JWS over `{token, sealingKey}`: proves that the enrolling process holds the signing key. */
export async function proofOf(keys: { signingKey: JWK; sealingKey: JWK }, token: string): Promise<string> {
  const payload = new TextEncoder().encode(JSON.stringify({ token, sealingKey: publicOf(keys.sealingKey) }));
  return new CompactSign(payload)
    .setProtectedHeader({ alg: "EdDSA" })
    .sign(await importJWK(keys.signingKey, "EdDSA"));
}

/** A compact JWS by the old key over `{signingKey, sealingKey}`, the public halves of the new ones: proves that they are this runner's. */
export async function rotationProof(old: JWK, keys: KeyPair): Promise<string> {
  const members = { signingKey: publicOf(keys.signingKey), sealingKey: publicOf(keys.sealingKey) };
  return new CompactSign(new TextEncoder().encode(JSON.stringify(members)))
    .setProtectedHeader({ alg: "EdDSA" })
    .sign(await importJWK(old, "EdDSA"));
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
