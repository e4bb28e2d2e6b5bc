import type { HubMeasures } from "../hub.ts";
import { isOnline, poolKey } from "./fleet.ts";
import type { Floor } from "./floor.ts";

/** What this hub counted, with who is there of each pool now. */
export function measuresOf({ tally, fleet, ports }: Pick<Floor, "tally" | "fleet" | "ports">): HubMeasures {
  const now = ports.now();
  for (const { record } of fleet.all()) tally.know(record.project, record.pool);
  return tally.read((project, pool) => {
    const live = { up: 0, taking: 0, slots: 0, used: 0 };
    for (const session of fleet.inPool(poolKey(project, pool))) {
      if (!isOnline(session, now)) continue;
      live.up += 1;
      live.used += session.held.size + session.reserved;
      // Slots of a drained runner count as long as something is in them.
      const takes = session.record.state === "active" && session.reported === "active";
      live.taking += takes ? 1 : 0;
      live.slots += takes ? session.record.slots : session.held.size;
    }
    return live;
  });
}
