import type { InStatement } from "@libsql/client";
import { makeId } from "@pulse/schema/ids";
import type { Ports } from "../ports.ts";
import { createScheduleStore, type NewTick, type ScheduleRow, seenStatements, timingOf } from "./store.ts";
import { caughtUpMost, type Due, dueTicks, jitterOf } from "./ticks/due-ticks.ts";

/** Schedules that are looked at in one go. */
const atOnce = 100;
const goesMost = 200;

/**
 * Writes a row for each tick whose time has come: those to be started, and those that were missed with the reason. Whoever does so at the
 * same time, or again, writes the same rows. Returns the projects that they are of.
 */
export async function findDue(
  ports: Pick<Ports, "database" | "now" | "random">,
  project: string | null,
): Promise<ReadonlySet<string>> {
  const store = createScheduleStore(ports.database);
  const written = new Set<string>();
  for (let go = 0; go < goesMost; go++) {
    const now = ports.now();
    const rows = await store.due(project, now, atOnce);
    const statements = await Promise.all(rows.map((row) => statementsOf(ports, row, now)));
    const all: InStatement[] = statements.flat();
    if (all.length === 0) break;
    await ports.database.client.batch(all, "write");
    for (const row of rows) written.add(row.project);
  }
  return written;
}

async function statementsOf(
  ports: Pick<Ports, "random">,
  row: ScheduleRow,
  now: number,
): Promise<InStatement[]> {
  // The clock has gone back: ticks that are rows already stay the only ones of their times.
  const seen = row.nextAt !== null && row.nextAt <= now ? row.seen : Math.min(row.seen, now);
  const due = dueTicks(timingOf(row), seen, now, row.catchupMs);
  const ticks = await Promise.all([
    ...missedOf(ports, due, now),
    ...due.ticks.map((at) => tickOf(ports, row, at)),
  ]);
  return seenStatements(row, { seen: due.seen, nextAt: due.next }, ticks, now);
}

function missedOf({ random }: Pick<Ports, "random">, { missed, isCrowded }: Due, now: number): NewTick[] {
  if (missed === null) return [];
  const { from, to, count } = missed;
  const one = count === 1;
  return [
    {
      ...{
        id: makeId("tick", from, random(10)),
        at: from,
        until: one ? null : to,
        count: one ? null : count,
      },
      ...{ status: "missed", executionId: null, nextAt: now },
      reason: isCrowded
        ? `more than ${caughtUpMost} ticks were due at once`
        : "nobody looked at the schedule until its catch-up window was over",
    },
  ];
}

async function tickOf({ random }: Pick<Ports, "random">, row: ScheduleRow, at: number): Promise<NewTick> {
  return {
    ...{ id: makeId("tick", at, random(10)), at, until: null, count: null, status: "waiting", reason: null },
    executionId: "workflow" in row.target ? makeId("execution", at, random(10)) : null,
    nextAt: at + (await jitterOf(row.id, at, row.jitterMs)),
  };
}
