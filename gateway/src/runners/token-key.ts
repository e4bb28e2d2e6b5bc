import * as z from "zod";
import { fromBase64Url, toBase64Url } from "../http/encoding.ts";
import type { Ports } from "../ports.ts";
import { loadOwn, replaceOwn } from "../secrets/own.ts";

const own = { name: "runners", fact: "runner_token_key" };
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

/** Reads the keys, making the first one when there is none. Two that start at once agree on one; runners sign in again by their own keys where those before are lost. */
export async function loadTokenKeys(ports: Ports): Promise<TokenKeys> {
  const made: Stored = { current: fresh(ports), previous: null };
  return keysOf(await loadOwn(ports, own, JSON.stringify(made)));
}

/** Makes a new key the current one; the one before stays accepted until the next rotation. */
export async function rotateTokenKey(ports: Ports): Promise<TokenKeys> {
  const { current } = await loadTokenKeys(ports);
  const previous = { id: current.id, key: toBase64Url(current.key) };
  const next: Stored = { current: fresh(ports), previous };
  await replaceOwn(ports, own, JSON.stringify(next));
  return loadTokenKeys(ports);
}
