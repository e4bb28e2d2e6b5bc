import { chainStart, entryHash } from "@pulse/schema/audit-chain";
import type { AuditEntry } from "@pulse/schema/wire/audit";
import { toBase64Url } from "../http/encoding.ts";
import type { Database, Ports } from "../ports.ts";
import { createAuditStore, type NewEntry, placedAtOnce, type Standing } from "./store.ts";

export type ChainPorts = Pick<Ports, "database" | "now" | "soon" | "random">;

const triesMost = 200;

/** A new id of something that is under way. */
export function newPendingId({ random }: Pick<Ports, "random">): string {
  return toBase64Url(random(16));
}

/** Gives these entries the numbers and hashes that follow the last one. */
async function linked(entries: readonly NewEntry[], last: Standing["last"]): Promise<AuditEntry[]> {
  const placed: AuditEntry[] = [];
  for (const entry of entries) {
    const before = placed.at(-1) ?? last;
    const rest = {
      ...entry,
      seq: (before?.seq ?? 0) + 1,
      prev: before?.hash ?? (await chainStart(entry.project)),
    };
    placed.push({ ...rest, hash: await entryHash(rest) });
  }
  return placed;
}

/** Writes down how something ended and gives it its place in the project's chain. */
export async function addEntry(ports: ChainPorts, id: string, entry: NewEntry): Promise<void> {
  const store = createAuditStore(ports.database);
  await placeWaiting(ports, entry.project, await store.end(id, entry), id);
}

/** Writes down what has ended where nobody serves the database: its entry gets its place later. */
export async function leaveEntry(client: Database["client"], id: string, entry: NewEntry): Promise<void> {
  await createAuditStore({ client }).end(id, entry);
}

/**
 * Gives every entry of a project that waits its place. Of several who try at once one places the entries of all, the others see that it is done. Ends once
 * `mine` has its place, or, without it, when none waits.
 */
export async function placeWaiting(
  ports: ChainPorts,
  project: string,
  seen: Standing | null = null,
  mine: string | null = null,
): Promise<void> {
  const store = createAuditStore(ports.database);
  let standing = seen ?? (await store.look(project));
  for (let tries = 0; tries < triesMost; tries++) {
    const { waiting, written, last } = standing;
    const isLookedAtWhole = waiting.length < placedAtOnce;
    if (waiting.length === 0 || (mine !== null && isLookedAtWhole && !waiting.some(({ id }) => id === mine)))
      return;
    const entries = await linked(
      waiting.map(({ entry }) => entry),
      last,
    );
    standing = await store.place(
      project,
      written,
      entries,
      waiting.map(({ id }) => id),
    );
    if (standing.written === written) throw new Error("the entries of the audit got no place");
    if (!standing.written.endsWith(entries.at(-1)?.hash ?? "")) await nextTurn(ports);
  }
}

/** An entry of what was done on the gateway's machine or by the gateway itself, by nobody's request. */
export function ownEntry(
  project: string,
  at: number,
  action: string,
  details: NonNullable<NewEntry["details"]>,
  actor = { id: "gateway", name: "gateway" },
): NewEntry {
  const nothing = { target: null, code: null, address: null, requestId: null, before: null, after: null };
  const time = new Date(at).toISOString();
  return {
    project,
    at: time,
    actor: { kind: "system", ...actor },
    action,
    outcome: "done",
    details,
    ...nothing,
  };
}

/** Deletes everything up to an entry; the chain itself tells of it, so that a check knows why it begins where it does. False: somebody else was quicker. */
export async function forgetUpTo(
  ports: ChainPorts,
  project: string,
  { seq, hash }: { seq: number; hash: string },
  count: number,
): Promise<boolean> {
  const store = createAuditStore(ports.database);
  const { written, last } = await store.look(project);
  const entry = ownEntry(project, ports.now(), "audit.forget", { last: { seq, hash }, entries: count });
  const entries = await linked([entry], last);
  const { written: now } = await store.place(project, written, entries, [], seq);
  return now.endsWith(entries[0]?.hash ?? " ");
}

/** The head of a project's chain, as it was written down. */
export async function headOf({ database }: Pick<Ports, "database">, project: string) {
  const { head } = await createAuditStore(database).look(project);
  return head === null ? { project, seq: 0, hash: await chainStart(project) } : { project, ...head };
}

function nextTurn({ soon }: Pick<Ports, "soon">): Promise<void> {
  return new Promise((resolve) => soon(resolve));
}
