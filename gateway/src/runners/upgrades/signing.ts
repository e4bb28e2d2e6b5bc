import { ProblemError } from "@pulse/schema/problem";
import type { SignedBundle } from "@pulse/schema/wire/runner-upgrades";
import { CompactSign, exportJWK, generateKeyPair, importJWK } from "jose";
import * as z from "zod";
import type { Ports } from "../../ports.ts";
import { openSecrets, putFirst, type VaultPorts } from "../../secrets/vault.ts";

/** It is the whole gateway's; `default` is the project that is always there. */
const named = { project: "default", kind: "bundle", name: "signing" } as const;
const keyPair = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string(),
  d: z.string(),
});
type KeyPair = z.output<typeof keyPair>;

/** The key never changes; opened once by each process and database. */
const known = new WeakMap<Ports["database"], KeyPair>();

/** The key, or why it does not open, in words; null: there is none yet. */
async function read(ports: VaultPorts): Promise<KeyPair | { fault: string } | null> {
  const { values, faults } = await openSecrets(ports, { ...named, names: [named.name] });
  const value = values.get(named.name)?.value;
  if (value !== undefined) return keyPair.parse(JSON.parse(value));
  const fault = faults.get(named.name);
  return fault === undefined || fault.isMissing ? null : { fault: fault.detail };
}

/** The gateway's own Ed25519 key for what it hands out, sealed in its database, made when there is none. Two that start at once agree on one. */
async function loadKey(ports: VaultPorts): Promise<KeyPair | { fault: string }> {
  const kept = known.get(ports.database);
  if (kept !== undefined) return kept;
  let key = await read(ports);
  if (key === null) {
    const { privateKey } = await generateKeyPair("Ed25519", { extractable: true });
    const made = keyPair.parse(await exportJWK(privateKey));
    await putFirst(ports, named, JSON.stringify(made));
    key = (await read(ports)) ?? made;
  }
  if (!("fault" in key)) known.set(ports.database, key);
  return key;
}

/** The public half, which runners keep from their enrolment on; null: the key does not open, and runners go on with what they have kept. */
export async function bundleKey(ports: VaultPorts): Promise<{ kty: string; crv: string; x: string } | null> {
  const key = await loadKey(ports);
  if ("fault" in key) return null;
  const { kty, crv, x } = key;
  return { kty, crv, x };
}

/** What is said of an archive as a compact JWS by the gateway's key. Throws `unavailable` when that does not open. */
export async function signBundle(ports: VaultPorts, bundle: Omit<SignedBundle, "for">): Promise<string> {
  const key = await loadKey(ports);
  if ("fault" in key) {
    throw new ProblemError(
      "unavailable",
      `the key that signs archives of the runner is not there: ${key.fault}`,
      {
        hint: "Start the gateway with the master key that it had before.",
      },
    );
  }
  const said: SignedBundle = { for: "pulse-runner", ...bundle };
  return await new CompactSign(new TextEncoder().encode(JSON.stringify(said)))
    .setProtectedHeader({ alg: "EdDSA" })
    .sign(await importJWK(key, "EdDSA"));
}
