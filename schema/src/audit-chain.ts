import { type AuditEntry, type AuditHead, auditEntry, auditHead } from "./wire/audit.ts";

/** What is wrong with a chain, and at which entry. */
export interface ChainFault {
  seq: number;
  detail: string;
}

/** The place of an entry in its chain. */
export type ChainPlace = Pick<AuditHead, "seq" | "hash">;

/** What is known of a chain from elsewhere. */
export interface KnownHeads {
  /** Heads that somebody wrote down before. */
  heads?: readonly ChainPlace[];
  /** The entry that the lines follow; absent: they are to have everything that is kept. */
  after?: ChainPlace | null;
}

/** What a check found. */
export interface ChainReport {
  ok: boolean;
  project: string | null;
  entries: number;
  first: number | null;
  head: AuditHead | null;
  /** The entry that tells why the chain does not begin at 1: up to which one entries were deleted for their age, and when. */
  forgotten: { upTo: number; at: string } | null;
  faults: ChainFault[];
  /** Known heads of entries that are no longer kept: nothing was checked against them. */
  unchecked: number[];
}

/** One way to write a JSON value: keys in order, no spaces. */
export function canonicalJson(value: unknown): string {
  if (value === undefined) return "";
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

/**
 * Checks the lines of an export: each entry by its hash, each hash by the next entry, the last one by the head at the end, and all of it by the heads that
 * somebody wrote down before. It begins after deleted entries only where a later entry of the chain itself tells of that deletion. Several exports, each from
 * where the one before it ended, are checked one after the other.
 */
export async function checkChain(
  lines: AsyncIterable<string> | Iterable<string>,
  known: KnownHeads = {},
): Promise<ChainReport> {
  const check = new ChainCheck(known);
  for await (const line of lines) if (line !== "") await check.take(line);
  return check.report();
}

const faultsMost = 20;

class ChainCheck {
  readonly #heads: readonly ChainPlace[];
  readonly #after: ChainPlace | null;
  readonly #faults: ChainFault[] = [];
  #first: AuditEntry | null = null;
  #last: AuditEntry | null = null;
  #head: AuditHead | null = null;
  #count = 0;
  #isStart = false;
  #forgotten: ChainReport["forgotten"] = null;

  constructor({ heads = [], after = null }: KnownHeads) {
    this.#heads = heads;
    this.#after = after;
  }

  #fault(seq: number, detail: string): void {
    if (this.#faults.length < faultsMost) this.#faults.push({ seq, detail });
  }

  async take(line: string): Promise<void> {
    const next = (this.#last?.seq ?? this.#after?.seq ?? 0) + 1;
    const value = parsed(line);
    const end = auditHead.safeParse(value);
    if (end.success) {
      if (canonicalJson(end.data) !== line) this.#fault(next, "the head is not written as it was");
      await this.#takeHead(end.data, next);
      return;
    }
    this.#head = null;
    this.#count += 1;
    const entry = entryOf(line, value);
    if (entry === null) this.#fault(next, "this line is no entry, or is not written as it was");
    else await this.#takeEntry(entry);
  }

  async #takeHead(head: AuditHead, next: number): Promise<void> {
    this.#head = head;
    const { seq, hash } = this.#last ?? this.#after ?? (await startOf(head.project));
    if (head.seq !== seq || head.hash !== hash) {
      const what = "entries at the end are missing, or were changed";
      this.#fault(next, `the chain ends at ${seq}, and its head says ${head.seq}: ${what}`);
    }
    if (this.#last !== null && this.#last.project !== head.project)
      this.#fault(next, "the head is of another project");
  }

  async #takeEntry(entry: AuditEntry): Promise<void> {
    const { hash, ...rest } = entry;
    const { seq, prev, project } = entry;
    if ((await entryHash(rest)) !== hash) this.#fault(seq, "the entry was changed: its hash is another");
    const last = this.#last;
    if (last === null) {
      const start = this.#after ?? (await startOf(project));
      this.#first = entry;
      this.#isStart = start.hash === prev && start.seq === seq - 1;
      this.#compare({ seq: seq - 1, hash: prev }, seq);
    } else {
      if (project !== last.project) this.#fault(seq, "the entry is of another project");
      if (seq !== last.seq + 1)
        this.#fault(seq, `the entry follows ${last.seq}: some are missing, or the order is another`);
      if (prev !== last.hash) this.#fault(seq, `the entry does not follow ${last.seq} as that one is now`);
    }
    if (this.#after === null && vouches(entry, this.#first))
      this.#forgotten = { upTo: (this.#first?.seq ?? 1) - 1, at: entry.at };
    this.#compare(entry, seq);
    this.#last = entry;
  }

  /** Compares a place with the heads that were written down. */
  #compare({ seq, hash }: ChainPlace, at: number): void {
    if (this.#heads.some((one) => one.seq === seq && one.hash !== hash))
      this.#fault(at, `the hash of entry ${seq} is another than the one that was written down`);
  }

  report(): ChainReport {
    const first = this.#first;
    const to = this.#last?.seq ?? this.#after?.seq ?? 0;
    if (this.#head === null) this.#fault(to + 1, "the head at the end is missing: the export was cut off");
    if (first !== null && !this.#isStart && this.#forgotten === null) {
      const what = "and nothing in it tells why: entries before it are missing";
      this.#fault(first.seq, `the chain begins here, ${what}`);
    }
    for (const { seq } of this.#heads.filter((one) => one.seq > to))
      this.#fault(to + 1, `entry ${seq} was there when its hash was written down, and is missing`);
    const from = first?.seq ?? 1;
    return {
      ok: this.#faults.length === 0,
      project: this.#last?.project ?? this.#head?.project ?? null,
      entries: this.#count,
      first: first?.seq ?? null,
      head: this.#head,
      forgotten: this.#isStart ? null : this.#forgotten,
      faults: this.#faults,
      unchecked: this.#heads.map(({ seq }) => seq).filter((seq) => seq < from - 1),
    };
  }
}

async function startOf(project: string): Promise<ChainPlace> {
  return { seq: 0, hash: await chainStart(project) };
}

/** The entry of a line of an export; null when it is none, or is not written as it was. */
function entryOf(line: string, value: unknown): AuditEntry | null {
  const entry = auditEntry.safeParse(value);
  return entry.success && canonicalJson(entry.data) === line ? entry.data : null;
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
