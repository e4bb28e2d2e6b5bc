import { fitsFilter } from "@pulse/schema/filter/fits-filter";
import { readFilter } from "@pulse/schema/filter/read-filter";
import type { ExecutionView } from "@pulse/schema/wire/executions";

/** What a page takes in of new executions until it is read again; thousands a minute would make it slow. */
export const keptMost = 500;

const needed = ["id", "kind", "name", "status", "createdAt"] as const satisfies (keyof ExecutionView)[];

/** One page of the list as it is kept. */
export interface ListPage {
  items: ExecutionView[];
  nextCursor: string | null;
}

/** The execution that an event of the stream tells of; null: it tells of none. Its fields are taken as they are, as those of an answer. */
export function toldExecution(data: unknown): ExecutionView | null {
  if (typeof data !== "object" || data === null || !("execution" in data)) return null;
  const { execution } = data;
  if (typeof execution !== "object" || execution === null) return null;
  const isTold = needed.every((field) => typeof Reflect.get(execution, field) === "string");
  // By the contract of the stream; what a list is kept by was looked at.
  return isTold ? (execution as ExecutionView) : null;
}

/** Whether an execution belongs into the list of a filter, by the rules of the API; null: that cannot be seen from outside. */
export function fits(filter: string, view: ExecutionView, nowMs: number): boolean | null {
  return fitsFilter(readFilter(filter).conditions, view, nowMs);
}

/**
 * A page with what the stream told: executions that it has change in place, even when they no longer fit (a row never vanishes under a reader), new ones
 * that belong come in where the order puts them. What lies behind the end of the page stays there.
 */
export function withTold(
  page: ListPage,
  told: readonly ExecutionView[],
  belongs: (view: ExecutionView) => boolean,
): ListPage {
  const last = new Map(told.map((view) => [view.id, view]));
  const known = new Set(page.items.map(({ id }) => id));
  const end = page.nextCursor === null ? undefined : page.items.at(-1);
  const added = [...last.values()].filter(
    (view) => !known.has(view.id) && belongs(view) && (end === undefined || isNewer(view, end)),
  );
  added.splice(Math.max(0, keptMost - page.items.length));
  if (added.length === 0 && !page.items.some(({ id }) => last.has(id))) return page;
  const items = page.items.map((view) => last.get(view.id) ?? view);
  if (added.length > 0) items.push(...added);
  return {
    ...page,
    items: added.length === 0 ? items : items.sort((one, other) => (isNewer(one, other) ? -1 : 1)),
  };
}

function isNewer(one: ExecutionView, other: ExecutionView): boolean {
  return one.createdAt === other.createdAt ? one.id > other.id : one.createdAt > other.createdAt;
}
