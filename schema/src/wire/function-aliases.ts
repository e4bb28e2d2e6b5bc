import * as z from "zod";
import { duration } from "../duration.ts";
import { endpoint } from "../endpoint.ts";
import { aliasField, nameField, timeField } from "./fields.ts";
import { aliasTtl, functionView } from "./functions.ts";

const byAlias = z.object({ name: nameField, alias: aliasField });
const percentField = z.number().gt(0).lt(100);

/** The second version of a split, as it is asked for. */
export const canaryBody = z.strictObject({
  version: z.number().int().min(1),
  /** Percent of the alias's calls that go to it. */
  weight: z.number().int().min(1).max(99),
  /** Percent of its calls that may fail: above it the split ends by itself. Left out: it never does. */
  maxErrorRate: percentField.optional(),
  /** So many of its calls have to have ended before that is judged. */
  minCalls: z.number().int().min(1).max(1000).default(20),
  /** How far back calls are counted, such as `10m`. */
  window: duration("1m", "24h").prefault("10m"),
});
export type CanaryBody = z.output<typeof canaryBody>;

/** Calls of a version that ended within the window of the split, by what they say of its code. */
export const splitCalls = z.object({ ended: z.number().int(), failed: z.number().int() });
export type SplitCalls = z.output<typeof splitCalls>;

/** An alias, with the second version that gets a part of its calls. */
export const aliasView = z.object({
  alias: z.string(),
  version: z.number().int(),
  /** Where it is called. */
  url: z.string(),
  movedAt: timeField,
  /** `user:ana`, `key:ci`, `system:gateway`; null: nobody knows. */
  movedBy: z.string().nullable(),
  /** The version where it stood before; null: it stood nowhere. */
  movedFrom: z.number().int().nullable(),
  reason: z.string().nullable(),
  /** When it is removed; null: never. */
  expiresAt: timeField.nullable(),
  /** Null: every call goes to `version`. */
  split: z
    .object({
      /** The second version. */
      version: z.number().int(),
      weight: z.number().int(),
      since: timeField,
      /** Null: it does not end by itself. */
      guard: z
        .object({ maxErrorRate: z.number(), minCalls: z.number().int(), window: z.string() })
        .nullable(),
      /** Since when calls are counted here. */
      from: timeField,
      calls: z.object({ first: splitCalls, second: splitCalls }),
    })
    .nullable(),
});
export type AliasView = z.output<typeof aliasView>;

export const listAliases = endpoint({
  method: "GET",
  path: "/v1/functions/:name/aliases",
  tag: "functions",
  summary: "The aliases of a function by name, with how the calls of a split went",
  scope: "read",
  params: z.object({ name: nameField }),
  answer: z.object({ items: z.array(aliasView) }),
  statuses: [200],
});

export const putAlias = endpoint({
  method: "PUT",
  path: "/v1/functions/:name/aliases/:alias",
  tag: "functions",
  summary:
    "Move an alias (`live` too: that is a rollback); with `canary` a second version gets a part of its calls, without it a split ends",
  scope: "deploy",
  audit: { action: "alias.move", body: ["reason"] },
  params: byAlias,
  body: z.strictObject({
    version: z.number().int().min(1),
    /** Why it moves, for whoever reads the versions or the audit later. */
    reason: z.string().max(500).optional(),
    canary: canaryBody.optional(),
    /** Move it only while this is its second version (null: while it has none); it is a `conflict` otherwise. */
    ifCanary: z.number().int().min(1).nullable().optional(),
    /** How long it lasts from now on, such as `14d`; not for `live`. Left out: as long as it did. */
    ttl: aliasTtl.optional(),
  }),
  answer: functionView,
  statuses: [200],
});

export const deleteAlias = endpoint({
  method: "DELETE",
  path: "/v1/functions/:name/aliases/:alias",
  tag: "functions",
  summary: "Remove an alias; `live` cannot be removed",
  scope: "deploy",
  audit: { action: "alias.delete" },
  params: byAlias,
  statuses: [204],
});
