import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** What was done in a project, by whom: rows are added and, when they are old, deleted from the oldest on. None is ever changed. */
export const audit = sqliteTable(
  "audit",
  {
    project: text().notNull(),
    /** 1, 2, 3 …: without a gap. */
    seq: integer().notNull(),
    at: integer().notNull(),
    actorKind: text().notNull(),
    actorId: text().notNull(),
    actorName: text().notNull(),
    action: text().notNull(),
    target: text(),
    outcome: text().notNull(),
    /** Code of the problem that it ended with. */
    code: text(),
    address: text(),
    requestId: text(),
    /** JSON text. */
    before: text(),
    after: text(),
    details: text(),
    /** Hash of the entry before it. */
    prev: text().notNull(),
    hash: text().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.project, t.seq] }),
    index("audit_at").on(t.project, t.at),
    index("audit_actor").on(t.project, t.actorId, t.seq),
    index("audit_action").on(t.project, t.action, t.seq),
    index("audit_target").on(t.project, t.target, t.seq),
  ],
);

/** Entries that have no place in the chain yet: of what is under way, and for a moment of what has ended. */
export const auditPending = sqliteTable(
  "audit_pending",
  {
    id: text().primaryKey(),
    project: text().notNull(),
    at: integer().notNull(),
    /** 1: it has ended, `entry` tells how. */
    done: integer().notNull(),
    /** JSON text. */
    entry: text().notNull(),
  },
  (t) => [index("audit_pending_project").on(t.project, t.done)],
);
