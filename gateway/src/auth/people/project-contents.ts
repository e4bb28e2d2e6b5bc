import {
  channelCursors,
  channelMemories,
  channelMessages,
  channelRules,
  channels,
  deletedWorkflows,
  deviceLogins,
  drafts,
  emittedEvents,
  enrolmentTokens,
  eventDeliveries,
  functions,
  idempotency,
  keptAnswers,
  kvEntries,
  kvSpaces,
  retention,
  runners,
  savedInputs,
  schedules,
  scheduleTicks,
  secrets,
  sourceSyncs,
  sources,
  webhookDeliveries,
  webhooks,
  workflowAliases,
  workflows,
} from "@pulse/schema/tables";
import { eq, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "../../ports.ts";

/** What works, or starts something by itself: a project that has it is not deleted. */
const working = { functions, workflows, schedules, webhooks, channels, sources, runners } as const;
/** What means nothing without those: it goes with the project. What was done is history, which is forgotten in time. */
const settled = [
  ...[
    secrets,
    retention,
    enrolmentTokens,
    drafts,
    savedInputs,
    workflowAliases,
    deletedWorkflows,
    deviceLogins,
  ],
  ...[emittedEvents, eventDeliveries, keptAnswers, idempotency, scheduleTicks, webhookDeliveries],
  ...[kvEntries, kvSpaces, sourceSyncs],
  ...[channelCursors, channelMemories, channelMessages, channelRules],
] as const;

/** What a project has that works, in words such as `2 functions, 1 webhook`; null: nothing. */
export async function workingContents({ orm }: Database, project: string): Promise<string | null> {
  const count = sql<number>`count(*)`;
  const counted = await Promise.all(
    Object.entries(working).map(async ([name, table]) => {
      const [row] = await orm.select({ count }).from(table).where(eq(table.project, project));
      return { name, count: row?.count ?? 0 };
    }),
  );
  const some = counted.filter((one) => one.count > 0);
  if (some.length === 0) return null;
  return some.map(({ name, count: n }) => `${n} ${n === 1 ? name.slice(0, -1) : name}`).join(", ");
}

/** What takes all that is set in a project away with it, its secrets too. */
export function removalOfSettings({ orm }: Database, project: string): BatchItem<"sqlite">[] {
  return settled.map((table) => orm.delete(table).where(eq(table.project, project)));
}
