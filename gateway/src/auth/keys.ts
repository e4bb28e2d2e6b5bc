import { makeId } from "@pulse/schema/ids";
import { ProblemError } from "@pulse/schema/problem";
import type { Principal } from "../http/context.ts";
import { sha256Hex } from "../http/encoding.ts";
import type { Ports } from "../ports.ts";
import { createAuthStore, type KeyRow } from "./store.ts";

const cachedMs = 1000;
const cacheMost = 10_000;
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** API keys: made once, stored as digests, checked from a cache that is at most a second old. */
export interface KeyRing {
  create(
    project: string,
    key: { name: string; scopes: string[]; expiresAt: number | null },
  ): Promise<{ row: KeyRow; key: string }>;
  /** Makes sure that a key given from outside (`PULSE_ADMIN_KEY`) opens everything. */
  adopt(project: string, name: string, key: string): Promise<void>;
  /** Who a key belongs to; throws `invalid_credential`, `expired_credential`. */
  verify(key: string): Promise<Principal>;
  revoke(project: string, idOrName: string): Promise<void>;
  list(project: string, after: string | null, limit: number): Promise<KeyRow[]>;
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
  const cache = new Map<string, { row: KeyRow | null; readAt: number }>();

  async function read(key: string): Promise<KeyRow | null> {
    const now = ports.now();
    const known = cache.get(key);
    if (known !== undefined && now - known.readAt < cachedMs) return known.row;
    const row = await store.keyByDigest(await sha256Hex(key));
    if (cache.size >= cacheMost) cache.clear();
    // Unknown keys are not remembered: a flood of them would push the good ones out.
    if (row !== null) cache.set(key, { row, readAt: now });
    return row;
  }

  function rowOf(
    project: string,
    name: string,
    key: string,
    scopes: string[],
    expiresAt: number | null,
    digest: string,
  ) {
    const now = ports.now();
    const id = makeId("key", now, ports.random(10));
    return {
      id,
      project,
      name,
      prefix: key.slice(0, 7),
      digest,
      scopes,
      createdAt: now,
      expiresAt,
      revokedAt: null,
    };
  }

  return {
    async create(project, { name, scopes, expiresAt }) {
      if (expiresAt !== null && expiresAt <= ports.now()) {
        throw new ProblemError("validation_failed", "expiresAt must lie in the future");
      }
      const key = `pk_${randomText(ports, 43)}`;
      const row = rowOf(project, name, key, scopes, expiresAt, await sha256Hex(key));
      if (!(await store.insertKey(row)))
        throw new ProblemError("name_taken", `there is a key named "${name}" already`);
      return { row, key };
    },
    async adopt(project, name, key) {
      const digest = await sha256Hex(key);
      let free = name;
      // Two that adopt at once meet at the insert: the second finds the first one's row.
      for (let i = 2; (await store.keyByDigest(digest)) === null; i++) {
        if (await store.insertKey(rowOf(project, free, key, ["admin"], null, digest))) return;
        free = `${name}-${i}`;
      }
    },
    async verify(key) {
      const row = /^pk_[A-Za-z0-9_-]{3,200}$/.test(key) ? await read(key) : null;
      if (row === null || row.revokedAt !== null) {
        throw new ProblemError("invalid_credential", "this API key is not known here, or was revoked");
      }
      return principalOf(row, "key", row.expiresAt, ports.now());
    },
    async revoke(project, idOrName) {
      const row = await store.keyByIdOrName(project, idOrName);
      if (row === null) throw new ProblemError("not_found", `there is no key "${idOrName}"`);
      await store.revokeKey(row.id, ports.now());
      cache.clear();
    },
    list: (project, after, limit) => store.listKeys(project, after, limit),
  };
}

/** The principal of a key row; throws `expired_credential`. */
export function principalOf(
  row: KeyRow,
  kind: "key" | "session",
  expiresAt: number | null,
  now: number,
): Principal {
  if (row.expiresAt !== null && row.expiresAt <= now) {
    throw new ProblemError(
      "expired_credential",
      `this API key expired at ${new Date(row.expiresAt).toISOString()}`,
    );
  }
  return { kind, id: row.id, name: row.name, project: row.project, scopes: row.scopes, expiresAt };
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
