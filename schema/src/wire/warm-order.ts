import * as z from "zod";
import { functionSpec } from "./job.ts";

/** One version of which a runner keeps warm sandboxes ahead of calls. Of versions of one function, the old one goes when the new one is warm. */
export const warmOrder = z.object({
  project: z.string(),
  version: z.string(),
  /** `sha256:` and the hex digest of the source bundle. */
  bundle: z.string(),
  /** As with a job: sealed to this runner, or null. */
  secrets: z.string().nullable(),
  /** Another text for other versions of its secrets; absent: it has none. */
  secretsTag: z.string().optional(),
  spec: functionSpec.omit({ trigger: true, request: true, body: true, idempotencyKey: true, depth: true }),
  /** How many sandboxes. 0: none, but its code and its image are on the runner's machine before it is called. */
  count: z.number().int().min(0).max(100),
});
export type WarmOrder = z.output<typeof warmOrder>;

/** Everything that a runner keeps warm, with a text that is another for everything else. What is not in it is let go. */
export const warmOrders = z.object({ tag: z.string().max(64), orders: z.array(warmOrder) });
export type WarmOrders = z.output<typeof warmOrders>;
