import { valuesOf, withField } from "@pulse/schema/filter/edit-filter";
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

/** The spans back in time to choose from. */
export const sinces = ["15m", "1h", "24h", "7d"] as const;
export type Since = (typeof sinces)[number];

/** What the address says of the list: a filter, or (of links from elsewhere) parts of one. */
export const filterSearch = {
  filter: textUpTo(1000),
  kind: oneOf(executionKinds),
  status: someOf(executionStatuses),
  name: textUpTo(100),
  runner: textUpTo(100),
  since: oneOf(sinces),
  q: textUpTo(200),
};

/** The filter that an address speaks of, as text. */
export function filterOf({ filter = "", q, ...parts }: Search<typeof filterSearch>): string {
  let text = filter;
  for (const field of ["kind", "status", "name", "runner", "since"] as const) {
    const value = parts[field];
    if (value !== undefined) text = withField(text, field, typeof value === "string" ? [value] : value);
  }
  return q === undefined ? text : `${text} ${JSON.stringify(q)}`.trim();
}

/** The list with a filter. */
export function executionsPath(filter: string, cursor?: string): string {
  const query = new URLSearchParams({
    ...(filter === "" ? {} : { filter }),
    ...(cursor === undefined ? {} : { cursor }),
  });
  return query.size === 0 ? "/executions" : `/executions?${query}`;
}

/** The states that a filter names, groups of the language taken apart. */
function statesOf(filter: string): string[] {
  return valuesOf(filter, "status")
    .map((one) => one.toLowerCase())
    .flatMap((one) => (one === "active" ? statusGroups.active : [one]));
}

/** Whether a group's states are all chosen. */
export function isChosen(group: StatusGroup, filter: string): boolean {
  const states = statesOf(filter);
  return statusGroups[group].every((one) => states.includes(one));
}

/** The filter with a group of states added or taken out. */
export function toggled(group: StatusGroup, filter: string): string {
  const own: readonly string[] = statusGroups[group];
  const others = statesOf(filter).filter((one) => !own.includes(one));
  return withField(filter, "status", isChosen(group, filter) ? others : [...others, ...own]);
}
