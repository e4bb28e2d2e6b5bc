import { ProblemError } from "@pulse/schema/problem";
import type { HeaderList } from "@pulse/schema/wire/job";
import { inputsFor, TriggerFault } from "../emitted/event-texts.ts";
import { invoke } from "../executions/invoke.ts";
import { createResolver } from "../functions/resolve.ts";
import { quotaBookOf } from "../usage/quota-book.ts";
import { Overtaken, runLogOf } from "../workflows/runs/run-log.ts";
import { startRun } from "../workflows/runs/start-run.ts";
import type { StartDeps } from "./start-tick.ts";
import type { ScheduleRow } from "./store.ts";
import { createTickStore, type TickRow } from "./tick-store.ts";

/** A tick that is to start something, and the `traceparent` of what it starts; null: it is a part of nothing. */
type TracedTick = TickRow & { traceparent: string | null };

/**
 * Starts what a tick is for and returns the execution: one of a function has the tick's id as its idempotency key, one of a workflow an id
 * that the tick has from the beginning, so that the same tick twice is one execution.
 */
export async function startTarget(deps: StartDeps, schedule: ScheduleRow, tick: TracedTick): Promise<string> {
  return "function" in schedule.target
    ? await startFunction(deps, schedule, schedule.target, tick)
    : await startWorkflow(deps, schedule, schedule.target, tick);
}

/** A schedule begins a chain of its own, unless calls led to it or to this tick. */
function depthOf(schedule: ScheduleRow, tick: TickRow): number {
  return Math.max(schedule.depth, tick.depth);
}

function triggerOf({ id, name, cron, timezone, triggerId }: ScheduleRow, tick: TickRow) {
  return {
    type: "schedule" as const,
    ...{ schedule: name, scheduleId: id, tick: tick.id, cron, scheduledTime: tick.at },
    scheduledDate: new Intl.DateTimeFormat("en-CA", { timeZone: timezone }).format(tick.at),
    ...(triggerId === null ? {} : { trigger: triggerId }),
    ...(tick.by === null ? {} : { by: tick.by }),
  };
}

/** What templates of inputs and expressions see as `event`, and a function that is given nothing else gets. */
function eventOf(schedule: ScheduleRow, tick: TickRow) {
  const { schedule: name, scheduledTime, scheduledDate, cron } = triggerOf(schedule, tick);
  return { schedule: name, scheduledTime, scheduledDate, cron };
}

/** Inputs with what the templates in them come to. Throws `validation_failed`. */
function filled(inputs: Record<string, unknown>, event: unknown, at: number): Record<string, unknown> {
  try {
    return inputsFor(inputs, event, at);
  } catch (error) {
    if (!(error instanceof TriggerFault)) throw error;
    throw new ProblemError("validation_failed", error.message);
  }
}

async function startFunction(
  deps: StartDeps,
  schedule: ScheduleRow,
  { function: reference, input }: { function: string; input?: unknown },
  tick: TracedTick,
): Promise<string> {
  const { project } = schedule;
  const target = await createResolver(deps).resolve(project, reference);
  const event = eventOf(schedule, tick);
  const given = input === undefined ? {} : filled({ input }, event, tick.at);
  const bytes = new TextEncoder().encode(JSON.stringify(given.input ?? event));
  const headers: HeaderList = [
    ["content-type", "application/json"],
    ["content-length", String(bytes.length)],
  ];
  const { id } = await invoke(
    deps,
    {
      ...{ project, target, credential: schedule.id, parentId: null },
      trigger: { ...triggerOf(schedule, tick), ...given },
      request: { method: "POST", url: `${deps.publicUrl}/f/${target.name}`, path: "/", headers },
      body: { at: "bytes", bytes },
      options: {
        ...{ reply: "accept", waitMs: 0, timeoutMs: null, idempotencyKey: tick.id },
        ...{ depth: depthOf(schedule, tick), traceparent: tick.traceparent, applied: null },
      },
    },
    new AbortController().signal,
  );
  return id;
}

async function startWorkflow(
  deps: StartDeps,
  schedule: ScheduleRow,
  { workflow, inputs = {} }: { workflow: string; inputs?: Record<string, unknown> | undefined },
  tick: TracedTick,
): Promise<string> {
  const { ports, hub } = deps;
  const { project, id: caller, name } = schedule;
  const store = createTickStore(ports.database);
  const id = tick.executionId;
  if (id === null) throw new Error(`the tick ${tick.id} of a workflow has no id for its run`);
  if (await store.hasRun(id)) return id;
  const trigger = triggerOf(schedule, tick);
  const event = eventOf(schedule, tick);
  const values = filled(inputs, event, tick.at);
  const admitted = await quotaBookOf(deps).admit(project, id, { caller, quotas: {} });
  try {
    await startRun(ports, runLogOf(ports), {
      ...{ id, project, workflow, inputs: values, event, trigger, parent: null, caller },
      calls: depthOf(schedule, tick),
      traceparent: tick.traceparent,
      startedBy: { kind: "schedule", id: caller, name, userId: null },
    });
  } catch (error) {
    // Another one tried it at the same time: the run is there.
    if (!(error instanceof Overtaken) || !(await store.hasRun(id))) throw error;
  } finally {
    admitted();
  }
  // It is on disk: if the word gets lost, the engine finds it by itself.
  ports.background(hub.changed({ project }));
  return id;
}
