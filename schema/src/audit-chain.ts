import { type AuditEntry, type AuditHead, auditEntry, auditHead } from "./wire/audit.ts";

/** What is wrong with a chain, and at which entry. */
export interface ChainFault {
  seq: number;
  detail: string;
}

/** What a check found. */
export interface ChainReport {
  ok: boolean;
  project: string | null;
  entries: number;
  first: number | null;
  head: AuditHead | null;
  faults: ChainFault[];
  /** Known heads of entries that are no longer kept: nothing was checked against them. */
  unchecked: number[];
}

/** One way to write a JSON value: keys in order, no spaces. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((one) => canonicalJson(one ?? null)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => `${JSON.stringify(key)}:${canonicalJson(one)}`);
  return `{${members.join(",")}}`;
}

async function sha256(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What the first entry of a project's chain follows. */
export function chainStart(project: string): Promise<string> {
  return sha256(`pulse audit ${project}`);
}

/** The hash of an entry: over all of it, the hash of the one before it included. */
export function entryHash(entry: Omit<AuditEntry, "hash">): Promise<string> {
  return sha256(canonicalJson(entry));
}

/** The entry of a line of an export; throws when the line is none, or not written as it was. */
function entryOf(line: string, value: unknown): AuditEntry {
  const entry = auditEntry.parse(value);
  if (canonicalJson(entry) !== line) throw new Error("not canonical");
  return entry;
}

/**
 * Checks the lines of an export: each entry by its hash, each hash by the next entry, the last one by the head at the end, and all of it by the heads that
 * somebody wrote down before. Begins after deleted entries only where a later entry of the chain itself tells of that deletion, or at a known head.
 */
export async function checkChain(
  lines: AsyncIterable<string> | Iterable<string>,
  known: readonly AuditHead[] = [],
): Promise<ChainReport> {
  const faults: ChainFault[] = [];
  const fault = (seq: number, detail: string) => void (faults.length < 20 && faults.push({ seq, detail }));
  const hashAt = new Map(known.map(({ seq, hash }) => [seq, hash]));
  let first: AuditEntry | null = null;
  let last: AuditEntry | null = null;
  let head: AuditHead | null = null;
  let count = 0;
  let isVouched = false;
  for await (const line of lines) {
    if (line === "") continue;
    const at = last === null ? 1 : last.seq + 1;
    if (head !== null) {
      // Several exports, one after the other: the next one goes on where this one ended.
      head = null;
    }
    const value = parsed(line);
    const end = auditHead.safeParse(value);
    if (end.success) {
      if (canonicalJson(end.data) !== line) fault(at, "the head is not written as it was");
      head = end.data;
      const hash =
        last?.hash ?? (head.seq === 0 ? await chainStart(head.project) : (hashAt.get(head.seq) ?? ""));
      const seq = last?.seq ?? head.seq;
      if (head.seq !== seq || head.hash !== hash) {
        fault(
          at,
          `the chain ends at ${seq}, and its head says ${head.seq}: entries at the end are missing or were changed`,
        );
      }
      if (last !== null && last.project !== head.project) fault(at, "the head is of another project");
      continue;
    }
    count += 1;
    let entry: AuditEntry;
    try {
      entry = entryOf(line, value);
    } catch {
      fault(at, "this line is no entry, or is not written as it was");
      continue;
    }
    const { hash, ...rest } = entry;
    if ((await entryHash(rest)) !== hash) fault(entry.seq, "the entry was changed: its hash is another");
    if (last === null) {
      first = entry;
      const start = entry.seq === 1 ? await chainStart(entry.project) : hashAt.get(entry.seq - 1);
      isVouched = start === entry.prev;
    } else {
      if (entry.project !== last.project) fault(entry.seq, "the entry is of another project");
      if (entry.seq !== last.seq + 1)
        fault(entry.seq, `the entry follows ${last.seq}: some are missing, or the order is another`);
      if (entry.prev !== last.hash)
        fault(entry.seq, `the entry does not follow ${last.seq} as that one is now`);
    }
    if (vouches(entry, first)) isVouched = true;
    const expected = hashAt.get(entry.seq);
    if (expected !== undefined && expected !== hash)
      fault(entry.seq, "the known head of this entry is another");
    last = entry;
  }
  if (head === null) fault((last?.seq ?? 0) + 1, "the head at the end is missing: the export was cut off");
  if (first !== null && !isVouched) {
    fault(first.seq, "the chain begins here, and nothing in it tells why: entries at the start are missing");
  }
  const from = first?.seq ?? 1;
  const to = last?.seq ?? head?.seq ?? 0;
  for (const { seq } of known) {
    if (seq > to) fault(to + 1, `entry ${seq} was there when its hash was written down, and is missing`);
  }
  return {
    ok: faults.length === 0,
    project: last?.project ?? head?.project ?? null,
    entries: count,
    first: first?.seq ?? null,
    head,
    faults,
    unchecked: known.map(({ seq }) => seq).filter((seq) => seq < from - 1),
  };
}

/** Whether an entry tells that everything before the first one was deleted for its age. */
function vouches({ action, actor, details }: AuditEntry, first: AuditEntry | null): boolean {
  if (first === null || action !== "audit.forget" || actor.kind !== "system") return false;
  return canonicalJson(details?.last) === canonicalJson({ seq: first.seq - 1, hash: first.prev });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
