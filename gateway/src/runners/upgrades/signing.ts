import type { SignedBundle } from "@pulse/schema/wire/runner-upgrades";
import { CompactSign, exportJWK, generateKeyPair, importJWK } from "jose";
import * as z from "zod";
import type { Ports } from "../../ports.ts";

const factName = "runner_bundle_key";
const keyPair = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string(),
  d: z.string(),
});
type KeyPair = z.output<typeof keyPair>;

/** The key never changes; read once by each process and database. */
const known = new WeakMap<Ports["database"], KeyPair>();

async function read({ database }: Pick<Ports, "database">): Promise<KeyPair | null> {
  const { rows } = await database.client.execute({
    sql: "SELECT value FROM facts WHERE name = ?",
    args: [factName],
  });
  const value = rows[0]?.value;
  return typeof value === "string" ? keyPair.parse(JSON.parse(value)) : null;
}

/** The gateway's own Ed25519 key for what it hands out, made when there is none. Two that start at once agree on one. */
async function loadKey(ports: Pick<Ports, "database">): Promise<KeyPair> {
  const kept = known.get(ports.database) ?? (await read(ports));
  const key = kept ?? (await makeKey(ports));
  known.set(ports.database, key);
  return key;
}

async function makeKey(ports: Pick<Ports, "database">): Promise<KeyPair> {
  const { privateKey } = await generateKeyPair("Ed25519", { extractable: true });
  const made = keyPair.parse(await exportJWK(privateKey));
  await ports.database.client.execute({
    sql: "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING",
    args: [factName, JSON.stringify(made)],
  });
  return (await read(ports)) ?? made;
}

/** The public half, which runners keep from their enrolment on. */
export async function bundleKey(
  ports: Pick<Ports, "database">,
): Promise<{ kty: string; crv: string; x: string }> {
  const { kty, crv, x } = await loadKey(ports);
  return { kty, crv, x };
}

/** What is said of an archive as a compact JWS by the gateway's key. */
export async function signBundle(
  ports: Pick<Ports, "database">,
  bundle: Omit<SignedBundle, "for">,
): Promise<string> {
  const said: SignedBundle = { for: "pulse-runner", ...bundle };
  return await new CompactSign(new TextEncoder().encode(JSON.stringify(said)))
    .setProtectedHeader({ alg: "EdDSA" })
    .sign(await importJWK(await loadKey(ports), "EdDSA"));
}
