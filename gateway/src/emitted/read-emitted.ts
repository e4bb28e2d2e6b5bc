import { eventDeliveries as deliveries, emittedEvents as events } from "@pulse/schema/tables";
import type { EmittedItem, EmittedWhole } from "@pulse/schema/wire/emitted-events";
import { and, asc, desc, eq, gte, lt, lte, ne, or, sql } from "drizzle-orm";
import type { Database } from "../ports.ts";
import { nameSeenBy, projectOf, type Viewer } from "../workflows/seen-by.ts";

const { seq, id, name, at, by, depth } = events;

/** What a workflow did that is not theirs to see is neither told nor counted. */
const seenDelivery = (viewer: Viewer) =>
  or(ne(deliveries.kind, "workflow"), nameSeenBy(viewer, sql`${deliveries.subscriber}`) ?? sql`1`);

function itemFor(viewer: Viewer) {
  const seen = nameSeenBy(viewer, sql`d.subscriber`) ?? sql`1`;
  // Written out: the columns of a joined table have its name before them.
  const told = sql`SELECT count(*) FROM event_deliveries AS d WHERE d.event_seq = "emitted_events"."seq" AND (d.kind <> 'workflow' OR ${seen})`;
  return {
    ...{ seq, id, name, at, by, depth },
    subscribers: sql<number>`(${told})`,
    started: sql<number>`(${told} AND d.status = 'started')`,
  };
}

/** An event without what it says, with its place among all. */
export type ListedEvent = Omit<EmittedItem, "at"> & { seq: number; at: number };

/** Events of a project as somebody sees them, newest first, after a place. */
export async function listEmitted(
  { orm }: Database,
  viewer: Viewer,
  asked: { name?: string | undefined; since?: number | undefined; until?: number | undefined },
  after: number | null,
  limit: number,
): Promise<ListedEvent[]> {
  const wanted = and(
    eq(events.project, projectOf(viewer)),
    asked.name === undefined ? undefined : eq(name, asked.name),
    asked.since === undefined ? undefined : gte(at, asked.since),
    asked.until === undefined ? undefined : lte(at, asked.until),
    after === null ? undefined : lt(seq, after),
  );
  return await orm.select(itemFor(viewer)).from(events).where(wanted).orderBy(desc(seq)).limit(limit);
}

/** One event of a project with its data and what became of those of its triggers that somebody sees; null: there is none any more. */
export async function getEmitted(
  { orm }: Database,
  viewer: Viewer,
  which: string,
): Promise<(ListedEvent & Pick<EmittedWhole, "triggers"> & { data: unknown }) | null> {
  const mine = and(eq(events.project, projectOf(viewer)), eq(id, which));
  const [found] = await orm
    .select({ ...itemFor(viewer), data: events.data })
    .from(events)
    .where(mine);
  if (found === undefined) return null;
  const { kind, subscriber, trigger, status, attempts, executionId, error } = deliveries;
  const triggers = await orm
    .select({ kind, name: subscriber, trigger, status, attempts, executionId, error })
    .from(deliveries)
    .where(and(eq(deliveries.eventSeq, found.seq), seenDelivery(viewer)))
    .orderBy(asc(kind), asc(subscriber), asc(trigger));
  return { ...found, triggers };
}
