import { eventDeliveries as deliveries, emittedEvents as events } from "@pulse/schema/tables";
import type { EmittedItem, EmittedWhole } from "@pulse/schema/wire/emitted-events";
import { and, asc, desc, eq, gte, lt, lte, sql } from "drizzle-orm";
import type { Database } from "../ports.ts";

const { seq, id, name, at, by, depth } = events;
const item = {
  ...{ seq, id, name, at, by, depth },
  // Written out: the columns of a joined table have its name before them.
  subscribers: sql<number>`(SELECT count(*) FROM event_deliveries AS d WHERE d.event_seq = "emitted_events"."seq")`,
  started: sql<number>`(SELECT count(*) FROM event_deliveries AS d WHERE d.event_seq = "emitted_events"."seq" AND d.status = 'started')`,
};

/** An event without what it says, with its place among all. */
export type ListedEvent = Omit<EmittedItem, "at"> & { seq: number; at: number };

/** Events of a project, newest first, after a place. */
export async function listEmitted(
  { orm }: Database,
  project: string,
  asked: { name?: string | undefined; since?: number | undefined; until?: number | undefined },
  after: number | null,
  limit: number,
): Promise<ListedEvent[]> {
  const wanted = and(
    eq(events.project, project),
    asked.name === undefined ? undefined : eq(name, asked.name),
    asked.since === undefined ? undefined : gte(at, asked.since),
    asked.until === undefined ? undefined : lte(at, asked.until),
    after === null ? undefined : lt(seq, after),
  );
  return await orm.select(item).from(events).where(wanted).orderBy(desc(seq)).limit(limit);
}

/** One event of a project with its data and what became of its triggers; null: there is none any more. */
export async function getEmitted(
  { orm }: Database,
  project: string,
  which: string,
): Promise<(ListedEvent & Pick<EmittedWhole, "triggers"> & { data: unknown }) | null> {
  const mine = and(eq(events.project, project), eq(id, which));
  const [found] = await orm
    .select({ ...item, data: events.data })
    .from(events)
    .where(mine);
  if (found === undefined) return null;
  const { kind, subscriber, trigger, status, attempts, executionId, error } = deliveries;
  const triggers = await orm
    .select({ kind, name: subscriber, trigger, status, attempts, executionId, error })
    .from(deliveries)
    .where(eq(deliveries.eventSeq, found.seq))
    .orderBy(asc(kind), asc(subscriber), asc(trigger));
  return { ...found, triggers };
}
