import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { aliasField, nameField, timeField } from "./fields.ts";

/** A name that stands for a revision: what is said as `name@alias` is that revision until the alias is moved. */
export const workflowAliasView = z.object({
  alias: aliasField,
  revision: z.number().int().min(1),
  movedAt: timeField,
  movedBy: z.string(),
});
export type WorkflowAliasView = z.output<typeof workflowAliasView>;

const byAlias = z.object({ name: nameField, alias: aliasField });
const movable = aliasField.refine(
  (alias) => alias !== "latest",
  "must not be latest: that is the newest revision",
);

export const listWorkflowAliases = endpoint({
  method: "GET",
  path: "/v1/workflows/:name/aliases",
  tag: "workflows",
  summary: "The aliases of a workflow by name, at most 100",
  scope: "read",
  params: z.object({ name: nameField }),
  answer: z.object({ items: z.array(workflowAliasView) }),
  statuses: [200],
});

export const putWorkflowAlias = endpoint({
  method: "PUT",
  path: "/v1/workflows/:name/aliases/:alias",
  tag: "workflows",
  summary: "Have an alias stand for a revision, whether or not there is one of that name yet",
  scope: "deploy",
  audit: { action: "workflow-alias.move", body: ["revision"] },
  params: byAlias.extend({ alias: movable }),
  body: z.strictObject({ revision: z.number().int().min(1) }),
  answer: workflowAliasView,
  statuses: [200, 201],
});

export const deleteWorkflowAlias = endpoint({
  method: "DELETE",
  path: "/v1/workflows/:name/aliases/:alias",
  tag: "workflows",
  summary: "Remove an alias: what still names it is refused from then on",
  scope: "deploy",
  audit: { action: "workflow-alias.delete" },
  params: byAlias,
  statuses: [204],
});
