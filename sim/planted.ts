import type { Hub } from "../gateway/src/hub.ts";
import type { Rewrite, SimDatabase } from "./database.ts";

/** A bug that is put in on purpose, to see that it is found. */
export interface Plant {
  name: string;
}

/** What a planted bug changes, until `undo`. */
export interface Planting {
  rewrite: Rewrite | null;
  wrapHub: (hub: Hub, database: SimDatabase) => Hub;
  neverFences: boolean;
  undo(): void;
}

/** Puts a bug in; null: none. */
export function planting(_plant: Plant | null): Planting {
  return { rewrite: null, wrapHub: (hub) => hub, neverFences: false, undo: () => undefined };
}
