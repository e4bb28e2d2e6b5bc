import * as z from "zod";
import { duration } from "../duration.ts";
import { endpoint } from "../endpoint.ts";
import { listOf, pageQuery, sha256Field, timeField } from "./fields.ts";

/** Who did something. `system`: the gateway by itself; `anonymous`: nobody that it knows. */
export const actorKinds = ["person", "key", "runner", "schedule", "agent", "system", "anonymous"] as const;

/**
 * `done`; `denied`: the caller may not; `refused`: it could not be done as it was asked for; `failed`: it broke on the way, or in what it started;
 * `unknown`: the gateway ended before it could say.
 */
export const auditOutcomes = ["done", "denied", "refused", "failed", "unknown"] as const;
export type AuditOutcome = (typeof auditOutcomes)[number];

const facts = z.record(z.string(), z.json()).nullable();

export const auditEntry = z.strictObject({
  project: z.string(),
  seq: z.number().int().min(1),
  at: timeField,
  actor: z.strictObject({ kind: z.enum(actorKinds), id: z.string(), name: z.string() }),
  action: z.string(),
  target: z.string().nullable(),
  outcome: z.enum(auditOutcomes),
  /** Code of the problem that it ended with. */
  code: z.string().nullable(),
  /** Where the request came from, where the gateway can know. */
  address: z.string().nullable(),
  requestId: z.string().nullable(),
  /** What was changed, as it was; only what differs. */
  before: facts,
  after: facts,
  details: facts,
  /** Hash of the entry before it. */
  prev: sha256Field,
  hash: sha256Field,
});
export type AuditEntry = z.output<typeof auditEntry>;

/** The last entry of a project's chain: whoever writes it down sees later whether anything up to it was changed. */
export const auditHead = z.strictObject({
  project: z.string(),
  /** 0: there is no entry yet. */
  seq: z.number().int().min(0),
  hash: sha256Field,
});
export type AuditHead = z.output<typeof auditHead>;

export const listAudit = endpoint({
  method: "GET",
  path: "/v1/audit",
  tag: "audit",
  summary: "What was done in the project and what was refused, newest first",
  scope: "admin",
  query: z.strictObject({
    ...pageQuery,
    /** Id of a key, person or runner. */
    actor: z.string().max(200).optional(),
    /** Such as `key.create`, or `key.*` for all of a kind. */
    action: z
      .string()
      .max(100)
      .regex(/^[a-z_.-]+\*?$/, "must be an action such as key.create, or key.*")
      .optional(),
    target: z.string().max(200).optional(),
    outcome: z.enum(auditOutcomes).optional(),
    since: timeField.optional(),
    until: timeField.optional(),
  }),
  answer: listOf(auditEntry),
  statuses: [200],
});

export const getAuditHead = endpoint({
  method: "GET",
  path: "/v1/audit/head",
  tag: "audit",
  summary: "The last entry of the chain by number and hash, to write down elsewhere",
  scope: "admin",
  answer: auditHead,
  statuses: [200],
});

export const exportAudit = endpoint({
  method: "GET",
  path: "/v1/audit/export",
  tag: "audit",
  summary: "Every entry, oldest first, one a line as it was hashed, and the head in the last line",
  scope: "admin",
  query: z.strictObject({
    /** Only what follows the entry of this number. */
    after: z.coerce.number().int().min(0).optional(),
  }),
  statuses: [200],
  rawAnswer: ["application/x-ndjson"],
});

const dayMs = 86_400_000;

/** How long a project keeps its audit that never said. */
export const auditKeptByDefaultMs = 365 * dayMs;

export const auditSettings = z.object({
  keptMs: z.number().int(),
  /** Null: the project never said, this is the default. */
  updatedAt: timeField.nullable(),
});

export const getAuditSettings = endpoint({
  method: "GET",
  path: "/v1/audit/settings",
  tag: "audit",
  summary: "How long the audit is kept",
  scope: "admin",
  answer: auditSettings,
  statuses: [200],
});

export const changeAuditSettings = endpoint({
  method: "PATCH",
  path: "/v1/audit/settings",
  tag: "audit",
  summary:
    "Change how long the audit is kept; what is over is deleted within a day, and that is an entry too",
  scope: "admin",
  audit: { action: "audit.settings", body: ["kept"] },
  body: z.strictObject({ kept: duration("30d", "3650d") }),
  answer: auditSettings,
  statuses: [200],
});
