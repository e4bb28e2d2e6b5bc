import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { jsonValue, revisionReference, timeField, workflowReference } from "./fields.ts";

export const runWorkflow = endpoint({
  method: "POST",
  path: "/v1/workflows/:name/executions",
  tag: "workflows",
  summary:
    "Start a workflow with inputs, at once or later (`Pulse-Delay`, `Pulse-Run-At`); the newest revision unless another is named, by number or alias, here or as `name@stable`",
  scope: "execute",
  audit: { action: "workflow.run", body: ["revision"], answer: ["id"] },
  params: z.object({ name: workflowReference }),
  body: z.strictObject({
    inputs: z.record(z.string(), jsonValue).default({}),
    revision: revisionReference.optional(),
  }),
  answer: z.object({
    ...{ id: z.string(), status: z.string(), url: z.string() },
    /** When it begins, where that is later. */
    runAt: timeField.optional(),
  }),
  statuses: [202],
});

/** A question to people. `options` are the values that may be answered. */
export const promptView = z.object({
  id: z.string(),
  /** A page to answer it, after sign-in. */
  url: z.string(),
  /** Path of the step that asks; null when the run itself does. */
  step: z.string().nullable(),
  message: z.string(),
  options: z.array(
    z.object({
      value: z.string(),
      label: z.string(),
      style: z.string(),
      outcome: z.string(),
      requireComment: z.boolean(),
    }),
  ),
  form: z.record(z.string(), jsonValue),
  approvers: jsonValue.nullable(),
  status: z.enum(["open", "answered", "expired", "cancelled"]),
  /** While it is open, the form of the first answer is the one that all others agree with. */
  answers: z.array(
    z.object({
      by: z.string(),
      response: z.string(),
      form: z.record(z.string(), jsonValue),
      at: timeField,
    }),
  ),
  answeredBy: z.string().nullable(),
  response: z.string().nullable(),
  openedAt: timeField,
  expiresAt: timeField.nullable(),
  closedAt: timeField.nullable(),
});
export type PromptView = z.output<typeof promptView>;

export const stepView = z.object({
  /** Where it stands, iterations included, such as `each[17]/parse`. */
  path: z.string(),
  id: z.string(),
  name: z.string(),
  type: z.string(),
  status: z.string(),
  attempt: z.number().int(),
  startedAt: timeField.nullable(),
  finishedAt: timeField.nullable(),
  /** It did not happen here: its result is that of the execution that this one runs again. */
  reused: z.boolean(),
  error: z.object({ code: z.string(), message: z.string(), step: z.string() }).loose().nullable(),
  targets: z.array(
    z.object({
      runner: z.string(),
      execution: z.string().nullable(),
      status: z.string(),
      /** Why nothing was run there, or how it failed, in words. */
      reason: z.string().nullable(),
      exitCode: z.number().int().nullable(),
      durationMs: z.number().nullable(),
      reused: z.boolean(),
    }),
  ),
});
export type StepView = z.output<typeof stepView>;

/** What an execution of kind `workflow` shows besides what all do. */
export const runView = z.object({
  workflow: z.string(),
  revision: z.number().int(),
  phase: z.string(),
  /** The execution that it runs again. */
  rerunOf: z.string().nullable(),
  inputs: z.record(z.string(), jsonValue),
  outputs: z.record(z.string(), jsonValue),
  steps: z.array(stepView),
  prompts: z.array(promptView),
});
export type RunView = z.output<typeof runView>;

export const respond = endpoint({
  method: "POST",
  path: "/v1/executions/:id/respond",
  tag: "workflows",
  summary: "Answer a prompt of a workflow's execution; each is answered once",
  scope: "execute",
  audit: { action: "prompt.answer", body: ["response", "promptId"], answer: ["id", "status"] },
  params: z.object({ id: z.string() }),
  body: z.strictObject({
    response: z.string().max(500),
    promptId: z.string().max(50).optional(),
    form: z.record(z.string(), jsonValue).optional(),
    comment: z.string().max(10_000).optional(),
  }),
  answer: promptView,
  statuses: [200],
});
