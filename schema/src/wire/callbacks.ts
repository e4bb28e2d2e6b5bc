import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { listOf, timeField } from "./fields.ts";

export const callbackView = z.object({
  /** The `webhook-id` of every try. */
  id: z.string(),
  url: z.string(),
  status: z.enum(["waiting", "delivered", "refused", "failed"]),
  createdAt: timeField,
  /** When it is tried next, once the execution has ended; null: never. */
  nextAt: timeField.nullable(),
  tries: z.array(
    z.object({
      at: timeField,
      status: z.number().int().nullable(),
      error: z.string().nullable(),
      durationMs: z.number().int(),
    }),
  ),
});
export type CallbackView = z.output<typeof callbackView>;

export const listCallbacks = endpoint({
  method: "GET",
  path: "/v1/executions/:id/callbacks",
  tag: "executions",
  summary: "Who is told of the end of an execution (`Pulse-Callback`), and each try to tell",
  scope: "read",
  params: z.object({ id: z.string() }),
  answer: listOf(callbackView),
  statuses: [200],
});

export const getCallbackSecret = endpoint({
  method: "GET",
  path: "/v1/callbacks/secret",
  tag: "executions",
  summary: "What the project's callbacks are signed with (Standard Webhooks), made when first asked for",
  scope: "admin",
  answer: z.object({ secret: z.string() }),
  statuses: [200],
});

export const newCallbackSecret = endpoint({
  method: "POST",
  path: "/v1/callbacks/secret",
  tag: "executions",
  summary:
    "Makes a new secret that callbacks are signed with; for a day they are signed with the one before too",
  scope: "admin",
  answer: z.object({ secret: z.string() }),
  statuses: [201],
  audit: { action: "callback-secret.new" },
});
