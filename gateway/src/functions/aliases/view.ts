import { formatDuration } from "@pulse/schema/duration-text";
import type { AliasView, SplitCalls } from "@pulse/schema/wire/function-aliases";
import { countedFrom } from "./due.ts";
import type { NumberedAlias } from "./store.ts";

const time = (ms: number) => new Date(ms).toISOString();
const timeOr = (ms: number | null) => (ms === null ? null : time(ms));
const hourMs = 3_600_000;

/** Since when the calls of an alias's split are shown: the window of its guard, or the last hour without one. */
export function shownFrom({ row }: NumberedAlias, now: number): number | null {
  return row.splitAt === null ? null : countedFrom(now, row.splitAt, row.guard?.windowMs ?? hourMs);
}

/** An alias as the control API shows it. */
export function aliasView(
  one: NumberedAlias,
  functionUrl: string,
  calls: { from: number; of: ReadonlyMap<string, SplitCalls> } | null,
): AliasView {
  const { row, first, second } = one;
  const { name, guard, splitAt, weight, canaryId } = row;
  const callsOf = (id: string) => calls?.of.get(id) ?? { ended: 0, failed: 0 };
  const isSplit = second !== null && canaryId !== null && weight !== null && splitAt !== null;
  return {
    alias: name,
    version: first,
    url: name === "live" ? functionUrl : `${functionUrl}@${name}`,
    movedAt: time(row.movedAt),
    movedBy: row.movedBy,
    movedFrom: row.movedFrom,
    reason: row.reason,
    expiresAt: timeOr(row.expiresAt),
    split: !isSplit
      ? null
      : {
          ...{ version: second, weight, since: time(splitAt) },
          guard:
            guard === null
              ? null
              : {
                  ...{ maxErrorRate: guard.maxErrorRate, minCalls: guard.minCalls },
                  window: formatDuration(guard.windowMs),
                },
          from: time(calls?.from ?? splitAt),
          calls: { first: callsOf(row.versionId), second: callsOf(canaryId) },
        },
  };
}
