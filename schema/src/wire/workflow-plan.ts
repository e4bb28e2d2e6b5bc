import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { anyObject } from "../workflow/fields.ts";
import { jsonValue, revisionReference, workflowReference } from "./fields.ts";
import { findingView } from "./workflows.ts";

/** A text of a definition as far as it is known before the run; `dependsOn` says what has to happen first. */
export const foreseenView = z.object({
  pointer: z.string(),
  text: z.string(),
  /** Absent when nothing of it is known; parts that are not known stay as `${{ … }}`. */
  value: jsonValue.optional(),
  dependsOn: z.array(z.string()),
  /** Why it has no value although all of it is known: the step would fail. */
  problem: z.string().nullable(),
});
export type ForeseenView = z.output<typeof foreseenView>;

/** The runners that a step would be for if it started now. */
export const plannedTargetsView = z.object({
  select: z.array(z.string()),
  /** Null: they depend on what happens before. */
  verdict: z.enum(["run", "skip", "fail"]).nullable(),
  reason: z.string().nullable(),
  runners: z.array(
    z.object({
      name: z.string(),
      state: z.enum(["run", "wait", "skip", "fail"]),
      reason: z.string().nullable(),
    }),
  ),
  leftOut: z.array(z.object({ name: z.string(), because: z.enum(["where", "requires", "count"]) })),
  /** The groups that run together, in order. */
  batches: z.array(z.array(z.string())),
  dependsOn: z.array(z.string()),
});
export type PlannedTargetsView = z.output<typeof plannedTargetsView>;

export const plannedStepView = z.object({
  /** Where it would stand, iterations included where the items are known, such as `each[1]/parse`. */
  path: z.string(),
  id: z.string(),
  name: z.string(),
  type: z.string(),
  /** The list it is in: `steps`, `onFailure`, `onSuccess`, `finally`, or one of the step around it, such as `whenTrue`. */
  list: z.string(),
  depth: z.number().int(),
  needs: z.array(z.string()),
  runs: z.enum(["yes", "no", "depends"]),
  /** What it hangs on: null for a step without a condition. */
  condition: foreseenView.nullable(),
  /** What it does: the command, the message, the duration and so on. */
  does: foreseenView.nullable(),
  /** Its other texts that are expressions or have templates. */
  texts: z.array(foreseenView),
  targets: plannedTargetsView.nullable(),
  /** The iterations of a `foreach`; null when they are not known, and for other steps. */
  items: z.number().int().nullable(),
});
export type PlannedStepView = z.output<typeof plannedStepView>;

/** What a run would do. */
export const runPlanView = z.object({
  workflow: z.string().nullable(),
  /** Null: the definition came with the question. */
  revision: z.number().int().nullable(),
  inputs: z.record(z.string(), jsonValue),
  vars: z.record(z.string(), jsonValue),
  steps: z.array(plannedStepView),
  /** True when there are more steps (iterations counted) than are shown. */
  isCut: z.boolean(),
  warnings: z.array(findingView),
});
export type RunPlanView = z.output<typeof runPlanView>;

export const planWorkflow = endpoint({
  method: "POST",
  path: "/v1/workflows/plan",
  tag: "workflows",
  summary:
    "What a run would do now: steps, targets and expressions as far as they are known; nothing is run or saved",
  scope: "read",
  audit: { exempt: "it says what a run would do, and changes nothing" },
  body: z
    .strictObject({
      /** A name, or `name@revision` or `name@alias`. */
      workflow: workflowReference.optional(),
      revision: revisionReference.optional(),
      /** Instead of a saved workflow. */
      definition: anyObject.optional(),
      inputs: z.record(z.string(), jsonValue).default({}),
    })
    .refine(({ workflow, definition }) => (workflow === undefined) !== (definition === undefined), {
      error: "name a workflow, or give a definition",
    }),
  bodyMostBytes: 2 * 2 ** 20,
  answer: runPlanView,
  statuses: [200],
});
