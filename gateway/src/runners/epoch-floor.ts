import { sql } from "drizzle-orm";

/** The fact that holds the epoch which every new session of a runner is above: set when a database older than it was is taken. */
export const epochFloorFact = "epoch floor";

/** That epoch, as a part of a statement; 0 where it was never set. */
export const epochFloor = sql`coalesce((SELECT CAST(value AS INTEGER) FROM facts WHERE name = ${epochFloorFact}), 0)`;
