import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { executionKinds } from "../status.ts";
import { timeField } from "./fields.ts";
import { differenceView } from "./workflows.ts";

/** One of two executions that are compared. */
export const comparedView = z.object({
  id: z.string(),
  kind: z.enum(executionKinds),
  name: z.string(),
  /** Of a workflow its revision. */
  version: z.number().int().nullable(),
  status: z.string(),
  reason: z.string().nullable(),
  createdAt: timeField,
  durationMs: z.number().nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});

/** A part of a log that differs, with some lines around it; numbers of lines count from 1. */
export const hunkView = z.object({
  before: z.number().int(),
  after: z.number().int(),
  lines: z.array(z.object({ kind: z.enum(["same", "removed", "added"]), text: z.string() })),
});

/** Two logs, line by line, with times and ids taken out; the text of a line is as it was written. */
export const logDiffView = z.object({
  added: z.number().int(),
  removed: z.number().int(),
  hunks: z.array(hunkView),
  /** Not all lines were compared, or not all that differ are shown. */
  truncated: z.boolean(),
});
export type LogDiffView = z.output<typeof logDiffView>;

const side = z.object({
  status: z.string(),
  attempt: z.number().int(),
  durationMs: z.number().nullable(),
  error: z.string().nullable(),
  /** It did not happen in this run: its result is that of the one that it runs again. */
  reused: z.boolean(),
});

const targetSide = z.object({
  status: z.string(),
  execution: z.string().nullable(),
  exitCode: z.number().int().nullable(),
  durationMs: z.number().nullable(),
});

export const targetDiffView = z.object({
  runner: z.string(),
  before: targetSide.nullable(),
  after: targetSide.nullable(),
  /** Null: nothing to compare. */
  logs: logDiffView.nullable(),
});

/** A step in both; null: it is not there. Its time alone is no difference. */
export const stepDiffView = z.object({
  path: z.string(),
  name: z.string(),
  type: z.string(),
  isSame: z.boolean(),
  before: side.nullable(),
  after: side.nullable(),
  output: z.array(differenceView),
  targets: z.array(targetDiffView),
});
export type StepDiffView = z.output<typeof stepDiffView>;

export const executionDiffView = z.object({
  before: comparedView,
  after: comparedView,
  /** Nothing differs but times. */
  isSame: z.boolean(),
  /** Of a workflow's executions: how their definitions differ. */
  definition: z.array(differenceView),
  inputs: z.array(differenceView),
  output: z.array(differenceView),
  /** Of a workflow's executions: every step of both, in the order of the later one. */
  steps: z.array(stepDiffView),
  /** Not all steps inside the items of a `foreach` were compared. */
  truncated: z.boolean(),
  /** Null for executions of workflows: their lines are those of their steps. */
  logs: logDiffView.nullable(),
});
export type ExecutionDiffView = z.output<typeof executionDiffView>;

export const diffExecutions = endpoint({
  method: "GET",
  path: "/v1/executions/:id/diff/:other",
  tag: "executions",
  summary:
    "How another execution of the same kind differs from this one: definition, inputs, steps and targets, output, and logs with times and ids taken out",
  scope: "read",
  params: z.object({ id: z.string(), other: z.string() }),
  answer: executionDiffView,
  statuses: [200],
});
