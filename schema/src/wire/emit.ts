import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { eventName, jsonValue, timeField } from "./fields.ts";

/** The data of an event, as JSON, has at most this many bytes. */
export const eventDataMost = 256 * 1024;

/** An event that was taken. */
export const emittedView = z.object({
  id: z.string(),
  name: eventName,
  at: timeField,
  /** How many triggers of functions and workflows name it; each is started once if its `match` lets it. */
  subscribers: z.number().int(),
});
export type EmittedView = z.output<typeof emittedView>;

export const emitEvent = endpoint({
  method: "POST",
  path: "/v1/events/:name",
  tag: "events",
  summary: "Emit an event: steps that wait for it go on, and what has it as a trigger is started, once each",
  scope: "execute",
  audit: { action: "event.emit", answer: ["id", "name", "subscribers"] },
  params: z.object({ name: eventName }),
  body: z.strictObject({ data: jsonValue.default(null) }),
  bodyMostBytes: eventDataMost + 1024,
  answer: emittedView,
  /** 200: the idempotency key came before, and this is what came of it then. */
  statuses: [202, 200],
});

/** `ctx.emit`: the job emits an event of its project. */
export const emitFromJob = endpoint({
  method: "POST",
  path: "/runner/v1/executions/:id/emit",
  tag: "runner protocol",
  summary:
    "Emit an event of the same project on behalf of a running job; a key that came before is the event of then",
  scope: "runner",
  params: z.object({ id: z.string() }),
  body: z.object({ name: eventName, data: jsonValue, key: z.string().max(100) }),
  bodyMostBytes: eventDataMost + 1024,
  answer: z.object({ id: z.string() }),
  statuses: [202],
});
