import type { Deps } from "../../http/context.ts";
import { moveUpgrade } from "./move.ts";
import { createUpgradeStore } from "./store.ts";

/** Does what is due of every upgrade that is under way; answers when something is due again (epoch ms), or null. */
export async function moveUpgrades(deps: Pick<Deps, "ports" | "hub">): Promise<number | null> {
  const projects = await createUpgradeStore(deps.ports.database).running();
  let nextAt: number | null = null;
  for (const project of projects) {
    const moved = await moveUpgrade(deps, project);
    if (moved !== null && moved.nextAt !== null) nextAt = Math.min(nextAt ?? moved.nextAt, moved.nextAt);
  }
  return nextAt;
}
