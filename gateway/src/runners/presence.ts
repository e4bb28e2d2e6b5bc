import type { RunnerRecord } from "../hub.ts";
import type { Ports } from "../ports.ts";
import { readTogether } from "./read-together.ts";
import { createRunnerStore, type Presence, recordOf } from "./store.ts";

/** What the hub reads of runners when it does not know them yet, and where it writes their presence. */
export function createDirectory(ports: Ports): {
  /** The runner, or null when it is unknown or revoked. */
  loadRunner(id: string): Promise<RunnerRecord | null>;
  savePresence(rows: Presence[]): Promise<void>;
} {
  const store = createRunnerStore(ports.database);
  const loadRunner = readTogether(ports, async (ids) => {
    const rows = await store.byIds(ids);
    return new Map(rows.map((row) => [row.id, recordOf(row)]));
  });
  return {
    loadRunner,
    savePresence: (rows) => store.savePresence(rows),
  };
}
