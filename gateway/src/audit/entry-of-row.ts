import { type AuditEntry, auditEntry } from "@pulse/schema/wire/audit";
import * as z from "zod";

const json = z
  .string()
  .transform((text) => JSON.parse(text))
  .nullable();

const row = z.object({
  project: z.string(),
  seq: z.number().int(),
  at: z.number().int(),
  actor_kind: z.string(),
  actor_id: z.string(),
  actor_name: z.string(),
  action: z.string(),
  target: z.string().nullable(),
  outcome: z.string(),
  code: z.string().nullable(),
  address: z.string().nullable(),
  request_id: z.string().nullable(),
  before: json,
  after: json,
  details: json,
  prev: z.string(),
  hash: z.string(),
});

/** The entry that a row holds; null when the row is none any more, whoever did that to it. */
export function entryOfRow(value: unknown): AuditEntry | null {
  try {
    const { actor_kind, actor_id, actor_name, request_id, at, ...same } = row.parse(value);
    return auditEntry.parse({
      ...same,
      at: new Date(at).toISOString(),
      actor: { kind: actor_kind, id: actor_id, name: actor_name },
      requestId: request_id,
    });
  } catch {
    return null;
  }
}
