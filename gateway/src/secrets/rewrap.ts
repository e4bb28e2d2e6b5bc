import { ProblemError } from "@pulse/schema/problem";
import type { Ports } from "../ports.ts";
import { rewrap } from "./envelope.ts";
import { createSecretStore } from "./store.ts";
import { sealingKey, type VaultPorts } from "./vault.ts";

const atOnce = 100;

/** Which keys are known, and how many values each seals. */
export interface KeyCounts {
  keys: { id: string; secrets: number }[];
  isOwn: boolean;
}

/** Counts what each known key seals. */
export async function countKeys(ports: Pick<Ports, "database" | "masterKeys">): Promise<KeyCounts> {
  const counts = await createSecretStore(ports.database).countByKey();
  const known = await ports.masterKeys.known();
  return {
    keys: known.map(({ id }) => ({ id, secrets: counts.get(id) ?? 0 })),
    isOwn: ports.masterKeys.renew !== undefined,
  };
}

/** How many values are sealed under each key that seals any. */
export function sealedByKey(database: Ports["database"]): Promise<Map<string, number>> {
  return createSecretStore(database).countByKey();
}

/** The ids of the keys without which the gateway must not start. */
export async function keysInUse(database: Ports["database"]): Promise<string[]> {
  return [...(await createSecretStore(database).neededKeys()).keys()];
}

/** Makes a new master key that seals from now on. Throws `conflict` where the keys come from outside, and while the last rotation goes on. */
export async function renewMasterKey(ports: VaultPorts): Promise<void> {
  const { renew } = ports.masterKeys;
  if (renew === undefined) {
    throw new ProblemError("conflict", "this gateway is given its master key from outside", {
      hint: "Put a new key before the present one in PULSE_MASTER_KEY, separated by a comma, and start the gateway again; then rewrap.",
    });
  }
  const { left } = await rewrapSome(ports, 0);
  if (left > 0) {
    throw new ProblemError("conflict", `${left} secrets are still under the key before: rewrap them first`);
  }
  await renew();
}

/**
 * Wraps data keys anew under the key that seals, some at a time, each in a statement of its own: it may be broken off anywhere and begun again. When
 * nothing is left, keys that the gateway keeps itself and that seal nothing any more are let go. A value whose key is not known stays as it is.
 */
export async function rewrapSome(
  ports: VaultPorts,
  most: number = atOnce,
): Promise<{ rewrapped: number; left: number }> {
  const store = createSecretStore(ports.database);
  const to = await sealingKey(ports);
  const keys = await ports.masterKeys.known();
  let rewrapped = 0;
  for (const row of await store.notUnder(to.id, most)) {
    const from = keys.find(({ id }) => id === row.keyId);
    const wrapped = from === undefined ? null : await rewrap(row, row, from, to, ports.random);
    if (wrapped === null) continue;
    await store.rewrapped(row, to.id, wrapped);
    rewrapped += 1;
  }
  const needed = await store.neededKeys();
  // What nothing opens any more, and the gateway does without, is not waited for.
  const isLeft = (id: string) => id !== to.id && (needed.has(id) || keys.some((key) => key.id === id));
  const left = [...(await store.countByKey())].reduce((sum, [id, n]) => (isLeft(id) ? sum + n : sum), 0);
  if (left === 0 && most > 0) {
    await store.agreeOn(to.id);
    await ports.masterKeys.retire?.(to.id);
  }
  return { rewrapped, left };
}

/** A step of the upkeep: the rotation of a master key goes on by itself. Returns how many were wrapped anew. */
export async function rewrapLeft(ports: VaultPorts): Promise<number> {
  const keys = await ports.masterKeys.known();
  if (keys.length < 2) return 0;
  return (await rewrapSome(ports)).rewrapped;
}

/**
 * Refuses a start with keys that do not open what the database holds, before anything is written. Throws `unavailable`, which names the missing keys
 * by their ids. Gateways that share a database agree on a key while nothing is sealed yet.
 */
export async function checkMasterKeys(
  ports: Pick<Ports, "database" | "masterKeys">,
  { isShared }: { isShared: boolean },
): Promise<void> {
  const store = createSecretStore(ports.database);
  const known = new Set((await ports.masterKeys.known()).map(({ id }) => id));
  const [first] = known;
  const counts = await store.neededKeys();
  const missing = [...counts].filter(([id]) => !known.has(id));
  const hint =
    "Start it with the key that it had before: PULSE_MASTER_KEY, or the file master-key of its data folder. Nothing is lost while that key is kept.";
  if (missing.length > 0) {
    const list = missing.map(([id, count]) => `${id} (${count} secrets)`).join(", ");
    throw new ProblemError("unavailable", `a master key of this database is missing: ${list}`, { hint });
  }
  const agreed = first === undefined || !isShared ? null : await store.agreedKey(first);
  if (agreed === null || known.has(agreed)) return;
  throw new ProblemError(
    "unavailable",
    `the gateways of this database seal with ${agreed}, a key that is not here`,
    { hint },
  );
}
