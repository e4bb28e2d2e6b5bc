import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { SavedCall } from "../wire/saved-inputs.ts";

/** Calls that somebody keeps under a name, to try a function with them again. The large column stands last. */
export const savedInputs = sqliteTable(
  "saved_inputs",
  {
    project: text().notNull(),
    /** The name of a function, or of a draft that is none yet. */
    functionName: text().notNull(),
    /** Whose it is: the id of a person, or of a key that is nobody's. */
    ownerId: text().notNull(),
    name: text().notNull(),
    updatedAt: integer().notNull(),
    call: text({ mode: "json" }).$type<SavedCall>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.project, t.functionName, t.ownerId, t.name] })],
);
