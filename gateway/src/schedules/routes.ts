import { makeId } from "@pulse/schema/ids";
import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/schedules";
import { readDepth } from "../executions/call-options.ts";
import { actorOf } from "../http/actor.ts";
import { bind } from "../http/bind.ts";
import type { Deps, Principal, PulseApp } from "../http/context.ts";
import { badCursor, pageOf, pageReply } from "../http/paging.ts";
import { requireMayStart } from "../webhooks/may-start.ts";
import { addSchedule, alterSchedule, previewOf } from "./keep-schedule.ts";
import { startTick } from "./start-tick.ts";
import { createScheduleStore, timingOf } from "./store.ts";
import { createTickStore } from "./tick-store.ts";
import { nextTicks } from "./ticks/timing.ts";
import { scheduleViewOf, tickViewOf } from "./view.ts";

/** Ticks of one schedule that may wait, or be about to start, when somebody asks for another one. */
const waitingMost = 200;

/** Mounts schedules: what there is of them, when they come, and what became of their ticks. */
export function mountSchedules(app: PulseApp, deps: Deps): void {
  const { ports, hub, config } = deps;
  const store = createScheduleStore(ports.database);
  const ticks = createTickStore(ports.database);
  const found = async (by: Principal, which: string) => {
    const row = await store.find(by, which);
    if (row === null) throw new ProblemError("not_found", `there is no schedule "${which}"`);
    return row;
  };

  bind(app, deps, wire.listSchedules, async ({ principal, query, request }) => {
    const rows = await store.list(principal, query.cursor ?? null, query.limit + 1);
    return pageReply(
      request,
      pageOf(rows, query.limit, scheduleViewOf, ({ name }) => name),
    );
  });

  bind(app, deps, wire.createSchedule, async ({ principal, body, audit, header }) => {
    await requireMayStart(deps, principal, body.target);
    const depth = readDepth(header("pulse-depth"));
    const row = await addSchedule(ports, principal.project, actorOf(principal), body, depth);
    audit.note({ target: row.name });
    return { status: 201, body: scheduleViewOf({ ...row, workflow: null }) };
  });

  bind(app, deps, wire.previewSchedule, async ({ body }) => {
    const { timezone, items } = previewOf(body, ports.now());
    return { body: { timezone, items: items.map((at) => new Date(at).toISOString()) } };
  });

  bind(app, deps, wire.getSchedule, async ({ principal, params }) => ({
    body: scheduleViewOf(await found(principal, params.id)),
  }));

  bind(app, deps, wire.changeSchedule, async ({ principal, params, body, header }) => {
    const { workflow, ...row } = await found(principal, params.id);
    // Whoever changes when it runs has it run what it runs; anybody who deploys may have it pause.
    const onlyPauses =
      body.enabled === false && Object.keys(body).every((one) => ["enabled", "reason"].includes(one));
    if (!onlyPauses) await requireMayStart(deps, principal, body.target ?? row.target);
    const depth = onlyPauses ? 0 : readDepth(header("pulse-depth"));
    const after = await alterSchedule(ports, row, actorOf(principal), body, depth);
    return { body: scheduleViewOf({ ...after, workflow }) };
  });

  bind(app, deps, wire.deleteSchedule, async ({ principal, params }) => {
    const row = await found(principal, params.id);
    if (row.workflow !== null) {
      throw new ProblemError(
        "conflict",
        `the schedule "${row.name}" is a trigger of the workflow "${row.workflow}": take it out there`,
      );
    }
    await store.remove(row.id, ports.now());
    return { status: 204 };
  });

  bind(app, deps, wire.nextOfSchedule, async ({ principal, params, query }) => {
    const row = await found(principal, params.id);
    const after = Math.max(ports.now(), row.enabled ? row.seen : 0);
    const items = nextTicks(timingOf(row), after, query.count).map((at) => new Date(at).toISOString());
    return { body: { items } };
  });

  bind(app, deps, wire.listTicks, async ({ principal, params, query, request }) => {
    const { id } = await found(principal, params.id);
    const { cursor, limit, status } = query;
    const rows = await ticks.list(
      principal,
      id,
      status,
      cursor === undefined ? null : placeOf(cursor),
      limit + 1,
    );
    return pageReply(
      request,
      pageOf(rows, limit, tickViewOf, (row) => `${row.at}~${row.id}`),
    );
  });

  bind(app, deps, wire.triggerSchedule, async ({ principal, params, body, header }) => {
    const { workflow: _, ...row } = await found(principal, params.id);
    await requireMayStart(deps, principal, row.target);
    const depth = readDepth(header("pulse-depth"));
    if ((await ticks.waiting(row.id)) >= waitingMost) {
      throw new ProblemError("conflict", `${waitingMost} ticks of this schedule wait already`, {
        hint: "Wait until they have started, or look at its ticks for why they do not.",
      });
    }
    const now = ports.now();
    const id = makeId("tick", now, ports.random(10));
    const asked = {
      ...{ id, project: row.project, scheduleId: row.id, at: now, nextAt: now, status: "waiting" as const },
      ...{ by: actorOf(principal), overlap: body.overlap ?? null, depth, target: row.target },
      executionId: "workflow" in row.target ? makeId("execution", now, ports.random(10)) : null,
    };
    await ticks.add(asked, now);
    const added = await ticks.shown(id);
    if (added === null) throw new ProblemError("conflict", "the schedule was deleted meanwhile");
    const { executionStatus: __, ...tick } = added;
    await startTick({ ports, hub, publicUrl: config.publicUrl }, row, tick);
    const after = (await ticks.shown(id)) ?? added;
    // What could not start at once is the keeper's.
    ports.background(hub.changed({ project: row.project, quiet: after.status === "started" }));
    return { status: 201, body: tickViewOf(after) };
  });
}

function placeOf(cursor: string): { at: number; id: string } {
  const [, at, id] = /^(\d{1,15})~(tck_[0-9a-z]{26})$/.exec(cursor) ?? [];
  if (at === undefined || id === undefined) throw badCursor();
  return { at: Number(at), id };
}
