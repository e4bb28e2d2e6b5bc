import type { Retention, RetentionChange } from "@pulse/schema/wire/retention";

/** An execution as far as it matters for whether it is kept. */
export interface Aged {
  id: string;
  createdAt: number;
  endedAt: number | null;
  /** A parent that goes on, or a version whose building has not been finished, still looks at it. */
  isAwaited: boolean;
}

/** What is created before these times (epoch milliseconds) is no longer kept. */
export interface Cutoffs {
  executions: number;
  logs: number;
  payloads: number;
}

/** Where the time of each kind ends. */
export function cutoffsOf(retention: Retention, now: number): Cutoffs {
  return {
    executions: now - retention.executionsMs,
    logs: now - retention.logsMs,
    payloads: now - retention.payloadsMs,
  };
}

/** The settings after a change. */
export function changed(present: Retention, change: RetentionChange): Retention {
  return {
    executionsMs: change.executions ?? present.executionsMs,
    logsMs: change.logs ?? present.logsMs,
    payloadsMs: change.payloads ?? present.payloadsMs,
    eventsMs: change.events ?? present.eventsMs,
    versions: change.versions === undefined ? present.versions : change.versions,
  };
}

/** The kinds that would be kept longer than the executions they belong to. */
export function longerThanExecutions(retention: Retention): ("logs" | "payloads")[] {
  const { executionsMs, logsMs, payloadsMs } = retention;
  const longer: ("logs" | "payloads")[] = [];
  if (logsMs > executionsMs) longer.push("logs");
  if (payloadsMs > executionsMs) longer.push("payloads");
  return longer;
}

/** Executions that go whole: they ended before the cutoff and nobody looks at them any more. What has not ended never goes. */
export function goWhole(rows: readonly Aged[], cutoff: number): string[] {
  return rows
    .filter(({ endedAt, isAwaited }) => endedAt !== null && endedAt < cutoff && !isAwaited)
    .map(({ id }) => id);
}

/** Executions that lose a part (their log, their bodies): they were made before the cutoff, have ended, and nobody looks at them any more. */
export function losePart(rows: readonly Aged[], cutoff: number): string[] {
  return rows
    .filter(({ createdAt, endedAt, isAwaited }) => createdAt < cutoff && endedAt !== null && !isAwaited)
    .map(({ id }) => id);
}

/** The first rows that have at most `mostBytes` together; at least one, however large. */
export function upToBytes<T extends { bytes: number }>(rows: readonly T[], mostBytes: number): T[] {
  let bytes = 0;
  const end = rows.findIndex((row, i) => {
    bytes += row.bytes;
    return i > 0 && bytes > mostBytes;
  });
  return end === -1 ? [...rows] : rows.slice(0, end);
}

/** Content of a project, and whether something there names it. */
export interface NamedContent {
  sha256: string;
  isNamed: boolean;
  /** Since when nothing names it, epoch milliseconds, as it was last seen. */
  unnamedSince: number | null;
}

/** Content that is to be marked, whose mark is to be taken off, and that the project is to lose. */
export interface ContentVerdict {
  mark: string[];
  unmark: string[];
  drop: string[];
}

/**
 * Content that nothing has named for `graceMs` goes, unless an execution that was made before has not ended: its job may name it still.
 * `oldestLive` is when the oldest such execution was made; null: there is none.
 */
export function judgeContents(
  rows: readonly NamedContent[],
  { now, graceMs, oldestLive }: { now: number; graceMs: number; oldestLive: number | null },
): ContentVerdict {
  const verdict: ContentVerdict = { mark: [], unmark: [], drop: [] };
  for (const { sha256, isNamed, unnamedSince } of rows) {
    if (isNamed) {
      if (unnamedSince !== null) verdict.unmark.push(sha256);
    } else if (unnamedSince === null) verdict.mark.push(sha256);
    else if (now - unnamedSince >= graceMs && (oldestLive === null || oldestLive > unnamedSince)) {
      verdict.drop.push(sha256);
    }
  }
  return verdict;
}
