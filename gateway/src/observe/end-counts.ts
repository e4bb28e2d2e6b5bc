import type { EndCounts } from "../ports.ts";

/** Counts what became of deliveries and messages, in memory and since the process began: for a process that does all of them. */
export function createEndCounts(): EndCounts {
  const kinds = { delivery: new Map<string, number>(), message: new Map<string, number>() };
  return {
    add(kind, status) {
      kinds[kind].set(status, (kinds[kind].get(status) ?? 0) + 1);
    },
    read: (kind) => [...kinds[kind]].map(([status, count]) => ({ status, count })),
  };
}
