import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** One try to tell a receiver that an execution has ended. */
export interface CallbackTry {
  /** Epoch milliseconds. */
  at: number;
  /** What the receiver answered; null: nothing. */
  status: number | null;
  error: string | null;
  durationMs: number;
}

/** Who is told when an execution has ended, and how the telling went. Written only by the store of callbacks. */
export const callbacks = sqliteTable(
  "callbacks",
  {
    executionId: text().primaryKey(),
    project: text().notNull(),
    url: text().notNull(),
    /** `waiting`: for the end of the execution, or for the next try. `refused`: the receiver wants no more (410). */
    status: text({ enum: ["waiting", "delivered", "refused", "failed"] }).notNull(),
    createdAt: integer().notNull(),
    /** Not before this, epoch milliseconds. */
    nextAt: integer().notNull(),
    attempts: integer().notNull().default(0),
    tries: text({ mode: "json" }).$type<CallbackTry[]>().notNull(),
  },
  (t) => [index("callbacks_due").on(t.status, t.nextAt)],
);
