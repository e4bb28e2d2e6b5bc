import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { logLineView } from "./executions.ts";

/** Lines of one answer. */
export const logWindowMost = 2000;
/** Hits of one answer. */
export const logHitsMost = 1000;

const byId = z.object({ id: z.string() });
const lineNumber = z.coerce.number().pipe(z.number().int().min(1));

/** A line with its number, counted from 1 over all attempts: what `?line=` of the dashboard names. */
export const numberedLine = logLineView.extend({ line: z.number().int() });

export const logLinesView = z.object({
  /** Lines that are stored now. */
  total: z.number().int(),
  /** The position (`fence.seq`) behind the last of them, from which the log is followed; null: there is none yet. */
  end: z.string().nullable(),
  /** Whether the execution has ended, so that no more come. */
  isOver: z.boolean(),
  items: z.array(numberedLine),
});
export type LogLinesView = z.output<typeof logLinesView>;

export const readLogLines = endpoint({
  method: "GET",
  path: "/v1/executions/:id/logs/lines",
  tag: "executions",
  summary:
    "Some lines of a log by their numbers, counted from 1 over all attempts; a negative `from` counts from the end. Fewer come where lines are long",
  scope: "read",
  params: byId,
  query: z.strictObject({
    from: z.coerce
      .number()
      .pipe(z.number().int())
      .refine((from) => from !== 0, "counts from 1, or from the end with -1")
      .default(1),
    count: z.coerce.number().pipe(z.number().int().min(1).max(logWindowMost)).default(500),
  }),
  answer: logLinesView,
  statuses: [200],
});

export const foundLines = z.object({
  /** Lines that are stored now. */
  total: z.number().int(),
  items: z.array(z.object({ line: z.number().int(), text: z.string() })),
  /** Where the search goes on, as `from`; null: all that is stored was looked through. */
  next: z.number().int().nullable(),
});
export type FoundLines = z.output<typeof foundLines>;

export const findLogLines = endpoint({
  method: "GET",
  path: "/v1/executions/:id/logs/find",
  tag: "executions",
  summary:
    "Numbers of the lines of a log that contain a text, whatever its case, from a line on; a long log takes several requests, each told by `next`",
  scope: "read",
  params: byId,
  query: z.strictObject({
    text: z.string().min(1).max(200),
    from: lineNumber.default(1),
    limit: z.coerce.number().pipe(z.number().int().min(1).max(logHitsMost)).default(logHitsMost),
  }),
  answer: foundLines,
  statuses: [200],
});
