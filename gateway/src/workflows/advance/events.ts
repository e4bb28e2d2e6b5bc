import * as z from "zod";
import type { Kept } from "./kept.ts";

const at = z.number();
const error = z.object({ code: z.string(), message: z.string() });

/** How a job, a call or a child execution ended; `output` is a function's result, a call's answer or a child's outputs. */
export const outcomeShape = z.object({
  status: z.enum(["succeeded", "failed", "timed_out", "cancelled", "lost", "dead", "superseded"]),
  output: z.unknown().optional(),
  exitCode: z.int().nullable().optional(),
  stdout: z.string().optional(),
  stderr: z.string().optional(),
  durationMs: z.number().optional(),
  error: error.nullable().optional(),
});

/** How something that was asked of the world ended. */
export type Outcome = z.output<typeof outcomeShape>;

const resolvedTarget = z.object({
  id: z.string(),
  name: z.string(),
  state: z.enum(["run", "wait", "skip", "fail"]),
  reason: z.string().nullable(),
});

/**
 * What moves a run: an event of the log that came from outside, with its time in milliseconds since 1970. `key` is that of the
 * command it answers. An answer that nobody waits for (any more) changes nothing.
 */
export const causeShape = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("execution.started"),
    at,
    /** What expressions see as `execution`: at least its id. */
    execution: z.record(z.string(), z.unknown()),
    inputs: z.record(z.string(), z.unknown()),
    /** What expressions see as `event`: what started the run, if an event did. */
    event: z.unknown().optional(),
    /** When it is to begin, where that is later than now (epoch milliseconds). */
    runAt: z.number().optional(),
    /** What it takes over from the run that it runs again; made by `keepFrom` alone. */
    kept: z.custom<Kept>().optional(),
  }),
  z.object({
    type: z.literal("targets.resolved"),
    at,
    key: z.string(),
    resolution: z.object({
      verdict: z.enum(["run", "skip", "fail"]),
      reason: z.string().nullable(),
      targets: z.array(resolvedTarget),
    }),
  }),
  z.object({
    type: z.literal("target.submitted"),
    at,
    key: z.string(),
    target: z.string(),
    executionId: z.string(),
  }),
  z.object({
    type: z.literal("target.settled"),
    at,
    key: z.string(),
    target: z.string(),
    outcome: outcomeShape,
  }),
  /** There is no room for the job now: it is in nobody's hands. */
  z.object({ type: z.literal("target.deferred"), at, key: z.string(), target: z.string(), why: z.string() }),
  z.object({ type: z.literal("call.settled"), at, key: z.string(), outcome: outcomeShape }),
  z.object({ type: z.literal("child.started"), at, key: z.string(), executionId: z.string() }),
  z.object({ type: z.literal("child.settled"), at, key: z.string(), outcome: outcomeShape }),
  z.object({ type: z.literal("timer.fired"), at, key: z.string() }),
  z.object({
    type: z.literal("prompt.answered"),
    at,
    key: z.string(),
    response: z.string(),
    form: z.record(z.string(), z.unknown()).optional(),
    comment: z.string().nullable().optional(),
    /** Who answered. */
    by: z.string(),
  }),
  z.object({
    type: z.literal("event.received"),
    at,
    name: z.string(),
    /** The wait that it is for; absent: all that wait for its name. */
    key: z.string().optional(),
    data: z.unknown(),
    /** When it happened, if that was before now. */
    happenedAt: z.number().optional(),
  }),
  z.object({ type: z.literal("slot.granted"), at, key: z.string() }),
  z.object({ type: z.literal("slot.refused"), at, key: z.string(), reason: z.string(), skip: z.boolean() }),
  /** The time of a run that was put off has come, and nothing keeps it from beginning, or something does. */
  z.object({ type: z.literal("begin.allowed"), at, key: z.string() }),
  z.object({
    ...{ type: z.literal("begin.refused"), at, key: z.string(), code: z.string(), reason: z.string() },
  }),
  z.object({
    ...{ type: z.literal("cancel.requested"), at, by: z.string(), reason: z.string().optional() },
    /** Of another run, which may say it again after a crash: the same word twice is one. */
    word: z.string().optional(),
  }),
  z.object({ type: z.literal("rollback.requested"), at, by: z.string() }),
]);

/** An event that moves a run. */
export type Cause = z.output<typeof causeShape>;

const failure = z.object({
  code: z.string(),
  message: z.string(),
  /** The name of the step that failed first. */
  step: z.string(),
});

/**
 * What followed from a cause: written beside it for people and screens to read. Folding passes over these, for the causes alone
 * give the same state.
 */
export const factShape = z.discriminatedUnion("type", [
  z.object({ type: z.literal("step.ready"), at, step: z.string() }),
  z.object({ type: z.literal("step.started"), at, step: z.string(), attempt: z.int() }),
  z.object({
    type: z.literal("step.settled"),
    at,
    step: z.string(),
    attempt: z.int(),
    status: z.string(),
    error: failure.nullable(),
    output: z.unknown().optional(),
    outputs: z.unknown().optional(),
  }),
  z.object({
    type: z.literal("step.reused"),
    at,
    step: z.string(),
    status: z.string(),
    /** The execution whose result it has. */
    from: z.string(),
  }),
  z.object({ type: z.literal("prompt.opened"), at, key: z.string(), step: z.string().nullable() }),
  z.object({ type: z.literal("prompt.expired"), at, key: z.string() }),
  z.object({ type: z.literal("phase.entered"), at, phase: z.string() }),
  z.object({
    type: z.literal("execution.settled"),
    at,
    status: z.string(),
    error: failure.nullable(),
  }),
]);

/** What followed from a cause. */
export type Fact = z.output<typeof factShape>;

/** One entry of the append-only log of a run. */
export const eventShape = z.union([causeShape, factShape]);

/** One entry of the log: a cause, or a fact that followed from one. */
export type RunEvent = z.output<typeof eventShape>;

const causeTypes: ReadonlySet<string> = new Set(causeShape.options.map((one) => one.shape.type.value));

/** Whether an entry moves the run; all others are facts that followed. */
export function isCause(event: RunEvent): event is Cause {
  return causeTypes.has(event.type);
}
