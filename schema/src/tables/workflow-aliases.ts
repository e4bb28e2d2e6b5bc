import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Names that stand for a revision of a workflow until somebody moves them. Written only by the store of aliases. */
export const workflowAliases = sqliteTable(
  "workflow_aliases",
  {
    workflowId: text().notNull(),
    name: text().notNull(),
    project: text().notNull(),
    revision: integer().notNull(),
    /** Epoch milliseconds. */
    movedAt: integer().notNull(),
    movedBy: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.workflowId, t.name] })],
);
