import { executionKinds, executionStatuses } from "@pulse/schema/status";
import type { Search } from "../ui/read-search.ts";
import { oneOf, someOf, textUpTo } from "../ui/search-fields.ts";

/** Groups of states that people filter by. */
export const statusGroups = {
  active: ["scheduled", "queued", "offered", "running", "waiting"],
  succeeded: ["succeeded"],
  failed: ["failed", "dead"],
  timed_out: ["timed_out"],
  cancelled: ["cancelled", "superseded"],
  lost: ["lost"],
} as const satisfies Record<string, readonly (typeof executionStatuses)[number][]>;
export type StatusGroup = keyof typeof statusGroups;

const sinceMs = { "15m": 900_000, "1h": 3_600_000, "24h": 86_400_000, "7d": 604_800_000 } as const;
export type Since = keyof typeof sinceMs;
/** The spans back in time to choose from. */
export const sinces = Object.keys(sinceMs) as readonly Since[];

/** The filters of the list, as they stand in its address. */
export const filterSearch = {
  kind: oneOf(executionKinds),
  status: someOf(executionStatuses),
  name: textUpTo(100),
  runner: textUpTo(100),
  since: oneOf(sinces),
  q: textUpTo(200),
};
export type Filter = Search<typeof filterSearch>;

/** When a span back in time began, to the minute, so that the same page is not asked for under ever new names. */
export function sinceTime(since: Since, nowMs: number): string {
  return new Date(Math.floor((nowMs - sinceMs[since]) / 60_000) * 60_000).toISOString();
}

/** Whether a group's states are all chosen. */
export function isChosen(group: StatusGroup, status: readonly string[] | undefined): boolean {
  return statusGroups[group].every((one) => status?.includes(one));
}

/** The `status` parameter with a group added or taken out; undefined when none is left. */
export function toggled(group: StatusGroup, status: readonly string[] = []): string | undefined {
  const states: readonly string[] = statusGroups[group];
  const next = isChosen(group, status)
    ? status.filter((one) => !states.includes(one))
    : [...status.filter((one) => !states.includes(one)), ...states];
  return next.length === 0 ? undefined : next.join(",");
}
