import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { executionStatuses } from "../status.ts";
import { definitionField } from "../workflow/definition.ts";
import {
  jsonValue,
  listOf,
  nameField,
  pageQuery,
  sha256Field,
  timeField,
  workflowReference,
} from "./fields.ts";

/** One problem of a definition; `column` counts in an expression's text, `position` in the YAML it came in. */
export const findingView = z.object({
  pointer: z.string(),
  code: z.string(),
  message: z.string(),
  column: z.number().int().optional(),
  position: z.object({ line: z.number().int(), column: z.number().int() }).optional(),
});

export const validationView = z.object({
  valid: z.boolean(),
  errors: z.array(findingView),
  warnings: z.array(findingView),
});
export type ValidationView = z.output<typeof validationView>;

/** A saved definition; every save that changes it makes the next revision. */
export const workflowView = z.object({
  id: z.string(),
  name: nameField,
  description: z.string().nullable(),
  tags: z.array(z.string()),
  enabled: z.boolean(),
  /** Who disabled it, when and why; null while it is enabled. */
  disabled: z.object({ reason: z.string().nullable(), by: z.string(), at: timeField }).nullable(),
  revision: z.number().int().min(1),
  /** SHA-256 of the definition's canonical JSON. */
  hash: sha256Field,
  definition: definitionField,
  createdAt: timeField,
  updatedAt: timeField,
});
export type WorkflowView = z.output<typeof workflowView>;

/** A workflow in a list: without its definition. */
export const workflowItem = workflowView
  .omit({ definition: true })
  .extend({ steps: z.number().int().min(0) });
export type WorkflowItem = z.output<typeof workflowItem>;

/** A workflow in the list, with its newest run, however long ago. */
export const listedWorkflow = workflowItem.extend({
  lastRun: z.object({ id: z.string(), at: timeField, status: z.enum(executionStatuses) }).nullable(),
});
export type ListedWorkflow = z.output<typeof listedWorkflow>;

export const revisionView = z.object({
  revision: z.number().int().min(1),
  hash: sha256Field,
  createdAt: timeField,
  createdBy: z.string().nullable(),
});
export type RevisionView = z.output<typeof revisionView>;

export const differenceView = z.object({
  pointer: z.string(),
  kind: z.enum(["added", "removed", "changed", "moved"]),
  step: z.string().nullable(),
  before: jsonValue.optional(),
  after: jsonValue.optional(),
});

const byName = z.object({ name: nameField });
const byRevision = byName.extend({ revision: z.string().max(63) });
const definitionBytes = 2 * 2 ** 20;
const yamlTypes = ["application/json", "application/yaml", "text/yaml"];

export const listWorkflows = endpoint({
  method: "GET",
  path: "/v1/workflows",
  tag: "workflows",
  summary: "Workflows by name",
  scope: "read",
  query: z.strictObject({
    ...pageQuery,
    q: z.string().max(200).optional(),
    tag: z.string().max(63).optional(),
  }),
  answer: listOf(listedWorkflow),
  statuses: [200],
});

export const getWorkflow = endpoint({
  method: "GET",
  path: "/v1/workflows/:name",
  tag: "workflows",
  summary:
    "A workflow with its newest definition, or that of `name@revision` or `name@alias`, as YAML when `Accept` asks for it; its `ETag` is for `If-Match`",
  scope: "read",
  params: z.object({ name: workflowReference }),
  answer: workflowView,
  statuses: [200],
  rawAnswer: ["application/yaml"],
});

export const putWorkflow = endpoint({
  method: "PUT",
  path: "/v1/workflows/:name",
  tag: "workflows",
  summary: "Save a definition, JSON or YAML; 422 with every problem at once when it is not valid",
  scope: "deploy",
  audit: { action: "workflow.save", answer: ["name", "revision", "hash"] },
  params: byName,
  rawBody: yamlTypes,
  bodyMostBytes: definitionBytes,
  answer: workflowView.extend({
    warnings: z.array(findingView),
    /** What its triggers of type `webhook` are; a secret that was made for one is in this answer alone. */
    webhooks: z.array(
      z.object({
        trigger: z.string(),
        id: z.string(),
        name: z.string(),
        provider: z.string(),
        url: z.string(),
        enabled: z.boolean(),
        secret: z.string().optional(),
      }),
    ),
    /** Names of webhooks that its triggers were: their addresses take nothing any more. */
    goneWebhooks: z.array(z.string()),
  }),
  statuses: [200, 201],
});

export const patchWorkflow = endpoint({
  method: "PATCH",
  path: "/v1/workflows/:name",
  tag: "workflows",
  summary: "Disable a workflow, or enable it again: a disabled one is not started; what runs goes on",
  scope: "deploy",
  audit: { action: "workflow.change", body: ["enabled", "reason"] },
  params: byName,
  body: z.strictObject({
    enabled: z.boolean(),
    /** Shown to whoever tries to start it. */
    reason: z.string().max(1000).optional(),
  }),
  answer: workflowItem,
  statuses: [200],
});

export const deleteWorkflow = endpoint({
  method: "DELETE",
  path: "/v1/workflows/:name",
  tag: "workflows",
  summary: "Delete a workflow; its executions stay",
  scope: "deploy",
  audit: { action: "workflow.delete" },
  params: byName,
  statuses: [204],
});

export const validateWorkflow = endpoint({
  method: "POST",
  path: "/v1/workflows/validate",
  tag: "workflows",
  summary: "Every problem of a definition (JSON or YAML) with its place; nothing is saved",
  scope: "read",
  audit: { exempt: "it says what is wrong with a definition, and changes nothing" },
  rawBody: yamlTypes,
  bodyMostBytes: definitionBytes,
  answer: validationView,
  statuses: [200],
});

export const listRevisions = endpoint({
  method: "GET",
  path: "/v1/workflows/:name/revisions",
  tag: "workflows",
  summary: "Revisions of a workflow, newest first",
  scope: "read",
  params: byName,
  query: z.strictObject(pageQuery),
  answer: listOf(revisionView),
  statuses: [200],
});

export const getRevision = endpoint({
  method: "GET",
  path: "/v1/workflows/:name/revisions/:revision",
  tag: "workflows",
  summary:
    "One revision, by number or alias, with its definition, and what differs from the revision `?since=`",
  scope: "read",
  params: byRevision,
  query: z.strictObject({ since: z.coerce.number().int().min(1).optional() }),
  answer: revisionView.extend({
    definition: definitionField,
    differences: z.array(differenceView).nullable(),
  }),
  statuses: [200],
});
