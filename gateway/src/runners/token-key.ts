import * as z from "zod";
import { fromBase64Url, toBase64Url } from "../http/encoding.ts";
import type { Ports } from "../ports.ts";

const factName = "runner_token_key";
const stored = z.object({
  current: z.object({ id: z.string(), key: z.string() }),
  /** Still accepted, for tokens signed before the last rotation. */
  previous: z.object({ id: z.string(), key: z.string() }).nullable(),
});
type Stored = z.output<typeof stored>;

/** The keys that runner access tokens are signed with. */
export interface TokenKeys {
  current: { id: string; key: Uint8Array };
  previous: { id: string; key: Uint8Array } | null;
}

function fresh(ports: Ports): Stored["current"] {
  return { id: toBase64Url(ports.random(6)), key: toBase64Url(ports.random(32)) };
}

function keysOf(text: string): TokenKeys {
  const { current, previous } = stored.parse(JSON.parse(text));
  return {
    current: { id: current.id, key: fromBase64Url(current.key) },
    previous: previous === null ? null : { id: previous.id, key: fromBase64Url(previous.key) },
  };
}

async function read(ports: Ports): Promise<string | null> {
  const { rows } = await ports.database.client.execute({
    sql: "SELECT value FROM facts WHERE name = ?",
    args: [factName],
  });
  const value = rows[0]?.value;
  return typeof value === "string" ? value : null;
}

/** Reads the keys, making the first one when there is none. Two that start at once agree on one. */
export async function loadTokenKeys(ports: Ports): Promise<TokenKeys> {
  const found = await read(ports);
  if (found !== null) return keysOf(found);
  const made: Stored = { current: fresh(ports), previous: null };
  await ports.database.client.execute({
    sql: "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING",
    args: [factName, JSON.stringify(made)],
  });
  return keysOf((await read(ports)) ?? JSON.stringify(made));
}

/** Makes a new key the current one; the one before stays accepted until the next rotation. */
export async function rotateTokenKey(ports: Ports): Promise<TokenKeys> {
  await loadTokenKeys(ports);
  const before = (await read(ports)) ?? "";
  const next: Stored = { current: fresh(ports), previous: stored.parse(JSON.parse(before)).current };
  await ports.database.client.execute({
    sql: "UPDATE facts SET value = ? WHERE name = ? AND value = ?",
    args: [JSON.stringify(next), factName, before],
  });
  return loadTokenKeys(ports);
}
