import type { ScheduleView, TickView } from "@pulse/schema/wire/schedules";
import { viewsBySubject } from "../events/views-by-subject.ts";
import type { Deps } from "../http/context.ts";
import type { Viewer } from "../workflows/seen-by.ts";
import { createScheduleStore, type ListedSchedule } from "./store.ts";
import { createTickStore, type ListedTick } from "./tick-store.ts";

const time = (ms: number) => new Date(ms).toISOString();
const timeOr = (ms: number | null) => (ms === null ? null : time(ms));

/** A schedule as the API shows it. */
export function scheduleViewOf(row: ListedSchedule): ScheduleView {
  const { id, name, cron, everyMs, timezone, overlap, catchupMs, jitterMs, target, enabled, paused } = row;
  return {
    ...{ id, name, cron, everyMs, at: timeOr(row.runAt), timezone, overlap, catchupMs, jitterMs, target },
    ...{ enabled, paused: paused === null ? null : { ...paused, at: time(paused.at) } },
    trigger: row.triggerId === null ? null : { workflow: row.workflow ?? "", id: row.triggerId },
    ...{ nextAt: timeOr(row.nextAt), createdBy: row.createdBy },
    ...{ createdAt: time(row.createdAt), updatedAt: time(row.updatedAt) },
  };
}

/** A tick as the API shows it. */
export function tickViewOf(row: ListedTick): TickView {
  const { id, scheduleId, at, until, count, by, status, reason, executionId, executionStatus } = row;
  return {
    ...{ id, schedule: scheduleId, at: time(at), until: timeOr(until), count, by, status, reason },
    // The one of a workflow has an id before it is there.
    executionId: status === "started" ? executionId : null,
    executionStatus,
    startedAt: timeOr(row.startedAt),
  };
}

/** The schedules of these subjects of events as somebody sees them: null, that one is gone; nothing at all of one that is not theirs to see. */
export async function schedulesBySubject(
  { ports }: Deps,
  by: Exclude<Viewer, string>,
  subjects: readonly string[],
): Promise<Map<string, ScheduleView | null>> {
  const store = createScheduleStore(ports.database);
  return await viewsBySubject(ports.database, by, subjects, async (ids) =>
    (await store.some(by, ids)).map(scheduleViewOf),
  );
}

/** The ticks of these ids that somebody sees. */
export async function ticksById(
  { ports }: Deps,
  by: Viewer,
  ids: readonly string[],
): Promise<Map<string, TickView>> {
  const rows = await createTickStore(ports.database).some(by, ids);
  return new Map(rows.map((row) => [row.id, tickViewOf(row)]));
}
