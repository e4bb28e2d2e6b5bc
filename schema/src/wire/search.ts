import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { executionStatuses } from "../status.ts";
import { timeField } from "./fields.ts";

/** What is found by its name or id. */
export const foundKinds = [
  "function",
  "workflow",
  "runner",
  "execution",
  "webhook",
  "schedule",
  "channel",
] as const;
export type FoundKind = (typeof foundKinds)[number];

export const foundView = z.object({
  kind: z.enum(foundKinds),
  id: z.string(),
  name: z.string(),
  /** Of an execution: how it stands, and when it was made; null for everything else. */
  status: z.enum(executionStatuses).nullable(),
  at: timeField.nullable(),
});
export type Found = z.output<typeof foundView>;

export const find = endpoint({
  method: "GET",
  path: "/v1/search",
  tag: "search",
  summary:
    "Functions, workflows, runners, executions, webhooks, schedules and channels by name or id: names contain the text, those that begin with it first; an execution by the beginning of its id or the whole name of what ran",
  scope: "read",
  query: z.strictObject({
    q: z.string().trim().min(1).max(100),
    /** Of each kind. */
    limit: z.coerce.number().int().min(1).max(20).default(5),
  }),
  answer: z.object({ items: z.array(foundView) }),
  statuses: [200],
});
