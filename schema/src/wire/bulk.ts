import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { executionFilter } from "./executions.ts";
import { pageQuery } from "./fields.ts";

/** What can be done to many executions at once. */
export const bulkActions = ["cancel", "replay"] as const;
export type BulkAction = (typeof bulkActions)[number];

/** Why some were left as they are. */
const skippedView = z.object({
  /** A problem code. */
  code: z.string(),
  detail: z.string(),
  count: z.number().int(),
  /** Some of them. */
  executions: z.array(z.string()),
});

export const bulkAnswer = z.object({
  action: z.enum(bulkActions),
  dryRun: z.boolean(),
  /** Executions of this step that the filter names. */
  matched: z.number().int(),
  /** What was cancelled or run again; of a dry run, what would be. */
  done: z.number().int(),
  skipped: z.array(skippedView),
  /** The new executions of a replay, by what they replay. */
  replays: z.array(z.object({ of: z.string(), id: z.string() })),
  /** Where the next step goes on; null: everything was looked at. */
  nextCursor: z.string().nullable(),
});
export type BulkAnswer = z.output<typeof bulkAnswer>;

export const bulkExecutions = endpoint({
  method: "POST",
  path: "/v1/executions/bulk",
  tag: "executions",
  summary:
    "Cancel or replay every execution that a filter names, up to 200 a step: `nextCursor` goes on; a step repeated with its `Idempotency-Key` replays nothing twice",
  scope: "execute",
  audit: {
    action: "execution.bulk",
    body: ["action", "filter", "dryRun"],
    answer: ["matched", "done", "skipped"],
  },
  body: z.strictObject({
    /** As of the list, or as text such as `status:dead fn:resize`. Without a status: what has not ended is cancelled, what has ended is replayed. */
    filter: z.preprocess((given) => (typeof given === "string" ? { filter: given } : given), executionFilter),
    action: z.enum(bulkActions),
    dryRun: z.boolean().default(false),
    limit: pageQuery.limit.default(200),
    cursor: pageQuery.cursor,
  }),
  answer: bulkAnswer,
  statuses: [200],
});
