import { makeId } from "@pulse/schema/ids";
import { ProblemError } from "@pulse/schema/problem";
import type { KeyQuotas } from "@pulse/schema/wire/plans";
import type { Principal } from "../http/context.ts";
import { sha256Hex } from "../http/encoding.ts";
import type { Ports } from "../ports.ts";
import { principalOfKey, unknownKey } from "./principals.ts";
import { createAuthStore, type KeyRow, type Person } from "./store.ts";

type Found = { row: KeyRow; owner: Person | null };

const cachedMs = 1000;
const cacheMost = 10_000;
/** How exactly the last use of a key is known: a write for every use would double what a call costs. */
const usedEveryMs = 600_000;
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** What a new key is. */
export interface NewKey {
  name: string;
  scopes: string[];
  expiresAt: number | null;
  /** The person whose key it is. */
  ownerId?: string | null;
  /** Who makes it: `user:ana`, `key:ci`. */
  createdBy?: string | null;
  /** Calls a minute; absent: as many as keys may. */
  rateLimit?: number | null;
  /** What its calls may use; absent: as much as the project. */
  quotas?: KeyQuotas | null;
}

/** API keys: made once, stored as digests, checked from a cache that is at most a second old. */
export interface KeyRing {
  create(project: string, key: NewKey): Promise<{ row: KeyRow; key: string }>;
  /** Makes sure that a key given from outside (`PULSE_ADMIN_KEY`) opens everything. */
  adopt(project: string, name: string, key: string): Promise<void>;
  /** Who a key belongs to; throws `invalid_credential`, `expired_credential`. */
  verify(key: string): Promise<Principal>;
  /** Revokes a key; one of this person, where one is named. Throws `not_found`. */
  revoke(project: string, idOrName: string, ownerId?: string | null): Promise<void>;
  /** The keys of a project, or those of one person in it. */
  list(project: string, ownerId: string | null, after: string | null, limit: number): Promise<KeyRow[]>;
  /** Forgets what was read, after people or what they may do have changed. */
  forget(): void;
}

const made = new WeakMap<Ports, KeyRing>();

/** The key ring of a gateway: one for the same ports, so that a revocation counts at once in this process. */
export function createKeyRing(ports: Ports): KeyRing {
  const ring = made.get(ports) ?? newKeyRing(ports);
  made.set(ports, ring);
  return ring;
}

function newKeyRing(ports: Ports): KeyRing {
  const store = createAuthStore(ports.database);
  const cache = new Map<string, { found: Found; readAt: number }>();

  async function read(key: string): Promise<Found | null> {
    const now = ports.now();
    const known = cache.get(key);
    if (known !== undefined && now - known.readAt < cachedMs) return known.found;
    const found = await store.keyByDigest(await sha256Hex(key));
    if (cache.size >= cacheMost) cache.clear();
    // Unknown keys are not remembered: a flood of them would push the good ones out.
    if (found !== null) cache.set(key, { found, readAt: now });
    return found;
  }

  function noteUse(row: KeyRow): void {
    const now = ports.now();
    if (row.lastUsedAt !== null && now - row.lastUsedAt < usedEveryMs) return;
    // At once in the cached row too, so that no second write is begun.
    row.lastUsedAt = now;
    ports.background(store.keyUsed(row.id, now));
  }

  function rowOf(project: string, made: NewKey, key: string, digest: string): KeyRow {
    const now = ports.now();
    return {
      id: makeId("key", now, ports.random(10)),
      project,
      name: made.name,
      prefix: key.slice(0, 7),
      digest,
      scopes: made.scopes,
      ownerId: made.ownerId ?? null,
      createdBy: made.createdBy ?? null,
      createdAt: now,
      expiresAt: made.expiresAt,
      revokedAt: null,
      rateLimit: made.rateLimit ?? null,
      quotas: made.quotas ?? null,
      lastUsedAt: null,
    };
  }

  return {
    async create(project, made) {
      const { name, expiresAt } = made;
      if (expiresAt !== null && expiresAt <= ports.now()) {
        throw new ProblemError("validation_failed", "expiresAt must lie in the future");
      }
      const key = `pk_${randomText(ports, 43)}`;
      const row = rowOf(project, made, key, await sha256Hex(key));
      if (!(await store.insertKey(row)))
        throw new ProblemError("name_taken", `there is a key named "${name}" already`);
      return { row, key };
    },
    async adopt(project, name, key) {
      const digest = await sha256Hex(key);
      let free = name;
      // Two that adopt at once meet at the insert: the second finds the first one's row.
      for (let i = 2; (await store.keyByDigest(digest)) === null; i++) {
        const made = { name: free, scopes: ["admin", "gateway"], expiresAt: null };
        if (await store.insertKey(rowOf(project, made, key, digest))) return;
        free = `${name}-${i}`;
      }
    },
    async verify(key) {
      const found = /^pk_[A-Za-z0-9_-]{3,200}$/.test(key) ? await read(key) : null;
      if (found === null) throw unknownKey();
      const principal = principalOfKey(found.row, found.owner, ports.now());
      noteUse(found.row);
      return principal;
    },
    async revoke(project, idOrName, ownerId = null) {
      const row = await store.keyByIdOrName(project, idOrName);
      if (row === null || (ownerId !== null && row.ownerId !== ownerId)) {
        throw new ProblemError("not_found", `there is no key "${idOrName}"`);
      }
      await store.revokeKey(row.id, ports.now());
      cache.clear();
    },
    list: (project, ownerId, after, limit) => store.listKeys(project, ownerId, after, limit),
    forget: () => cache.clear(),
  };
}

/** Random letters and digits, without bias. */
export function randomText(ports: Pick<Ports, "random">, length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of ports.random(length * 2)) {
      if (byte < 248 && text.length < length) text += alphabet.charAt(byte % 62);
    }
  }
  return text;
}
