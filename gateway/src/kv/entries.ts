import { ProblemError } from "@pulse/schema/problem";
import { type KvEntryView, type KvKeyView, kvLimits } from "@pulse/schema/wire/kv";
import type { Ports } from "../ports.ts";
import { createKvStore, type Entry, type Limits, type Place, type Write, type Writer } from "./store.ts";

type KvPorts = Pick<Ports, "database" | "now" | "random">;

/** Who writes to which place. */
export interface Access extends Place {
  /** Null: the control API. */
  writer: Writer | null;
}

const sweptAtOnce = 5000;
const bytesOf = (text: string) => new TextEncoder().encode(text).length;
const time = (ms: number) => new Date(ms).toISOString();
const metaOf = ({ key, version, expiresAt, updatedAt }: Entry) => ({
  key,
  version,
  expiresAt: expiresAt === null ? null : time(expiresAt),
  updatedAt: time(updatedAt),
});

/** What stands under a key now; null: nothing. */
export async function getEntry(
  { database, now }: KvPorts,
  place: Place,
  key: string,
): Promise<KvEntryView | null> {
  const found = await createKvStore(database).get(place, key, now());
  // Written by `setEntry` alone, as JSON.
  return found === null ? null : { ...metaOf(found), value: JSON.parse(found.value) as KvEntryView["value"] };
}

/** A page of the keys that begin with a prefix, by their bytes. */
export async function listEntries(
  { database, now }: KvPorts,
  place: Place,
  { prefix, after, limit }: { prefix: string; after: string | null; limit: number },
): Promise<{ items: KvKeyView[]; nextCursor: string | null }> {
  const store = createKvStore(database);
  const found = await store.list(place, { prefix, after, limit: limit + 1, now: now() });
  const items = found.slice(0, limit).map((entry) => ({ ...metaOf(entry), bytes: entry.bytes }));
  return { items, nextCursor: found.length > limit ? (items.at(-1)?.key ?? null) : null };
}

/**
 * Writes a value. Throws `payload_too_large`, `precondition_failed` where another version stands than the one that is named, `quota_exceeded` where
 * there is no room, and `fenced` for a job that is no longer held: then nothing was written.
 */
export async function setEntry(
  ports: KvPorts,
  access: Access,
  given: { key: string; value: unknown; ttl?: number | undefined; ifVersion?: number | undefined },
  most: Limits = kvLimits,
): Promise<Omit<KvEntryView, "value">> {
  const value = JSON.stringify(given.value ?? null);
  const valueBytes = bytesOf(value);
  if (valueBytes > kvLimits.valueBytes) {
    const detail = `a value has at most ${kvLimits.valueBytes} bytes as JSON, got ${valueBytes}`;
    throw new ProblemError("payload_too_large", detail);
  }
  const store = createKvStore(ports.database);
  const write = writeOf(ports, access, given);
  const expiresAt = given.ttl === undefined ? null : write.now + given.ttl * 1000;
  const entry = { value, bytes: bytesOf(given.key) + valueBytes, expiresAt };
  let version = await store.set(write, entry, most);
  if (version === null) {
    await refuseUnlessFull(ports, write);
    // What has expired may still take the room.
    if ((await store.sweep(write.now, sweptAtOnce, write.project)) > 0)
      version = await store.set(write, entry, most);
  }
  if (version === null) {
    await refuseUnlessFull(ports, write);
    throw await full(ports, write, most);
  }
  return metaOf({ ...entry, key: given.key, version, updatedAt: write.now });
}

/** Deletes a key; false: nothing was there. Throws `precondition_failed` and `fenced` as `setEntry` does. */
export async function deleteEntry(
  ports: KvPorts,
  access: Access,
  given: { key: string; ifVersion?: number | undefined },
): Promise<boolean> {
  const write = writeOf(ports, access, given);
  if (await createKvStore(ports.database).remove(write)) return true;
  await refuseUnlessFull(ports, write);
  return false;
}

function writeOf(
  ports: KvPorts,
  { project, space, writer }: Access,
  { key, ifVersion }: { key: string; ifVersion?: number | undefined },
): Write {
  const now = ports.now();
  return { project, space, key, writer, ifVersion, now, id: ports.random(16).toHex() };
}

/** Throws what kept a write out, unless it was that there is no room. */
async function refuseUnlessFull({ database }: KvPorts, write: Write): Promise<void> {
  const { writer, ifVersion, key, now } = write;
  const store = createKvStore(database);
  if (writer !== null && (await store.holder(writer, now)) === null) {
    throw new ProblemError("fenced", `execution ${writer.execution} is not held under fence ${writer.fence}`);
  }
  if (ifVersion === undefined) return;
  const stands = await store.get(write, key, now);
  if ((stands?.version ?? 0) === ifVersion) return;
  const is = stands === null ? "there is nothing" : `version ${stands.version} stands`;
  const wanted = ifVersion === 0 ? "nothing" : `version ${ifVersion}`;
  throw new ProblemError("precondition_failed", `${is} under ${JSON.stringify(key)}, not ${wanted}`, {
    hint: "Read it again and decide anew.",
    members: { version: stands?.version ?? 0 },
  });
}

async function full({ database }: KvPorts, write: Write, most: Limits): Promise<ProblemError> {
  const store = createKvStore(database);
  const [{ entries, projectBytes }, stands] = await Promise.all([
    store.size(write),
    store.get(write, write.key, write.now),
  ]);
  const detail =
    stands === null && entries >= most.entries
      ? `a space has at most ${most.entries} keys, and this one has ${entries}`
      : `the key-value store of a project has at most ${most.projectBytes} bytes, and this one has ${projectBytes}`;
  return new ProblemError("quota_exceeded", detail, { hint: "Delete keys, or give them a time to live." });
}
