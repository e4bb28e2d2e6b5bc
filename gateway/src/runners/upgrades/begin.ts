import { makeId } from "@pulse/schema/ids";
import { ProblemError } from "@pulse/schema/problem";
import { targetsPlan } from "@pulse/schema/workflow/plan-parts";
import { resolveTargets } from "@pulse/schema/workflow/resolve-targets";
import type { Deps } from "../../http/context.ts";
import type { HandedOut } from "../../ports.ts";
import { readFleet } from "../../workflows/outside/fleet.ts";
import { createRunnerStore } from "../store.ts";
import { planUpgrade } from "./plan.ts";
import { createUpgradeStore } from "./store.ts";
import type { Upgrade } from "./upgrade.ts";

/** What an upgrade is begun with. */
export interface Asked {
  targets: string;
  wave: string;
  /** Milliseconds. */
  pause: number;
  within: number;
  /** Whether runners of a later version go back. */
  allowDowngrade: boolean;
}

/** What the gateway hands out. Throws `conflict` where that is nothing. */
export async function handedOutOf({ ports }: Pick<Deps, "ports">): Promise<HandedOut> {
  const found = (await ports.handedOut?.()) ?? null;
  if (found !== null && found.bundles.length > 0) return found;
  throw new ProblemError("conflict", "this gateway hands out no runner, for its dashboard was not built", {
    hint: "pnpm build makes both; where a gateway is deployed without them, upgrade each runner where it was installed from.",
  });
}

/** What an upgrade would do. Throws `validation_failed` for targets that cannot be read or name nobody, and `conflict` where nothing is handed out. */
export async function plannedUpgrade(
  deps: Deps,
  project: string,
  asked: Asked,
): Promise<Omit<Upgrade, "id">> {
  const handedOut = await handedOutOf(deps);
  const fleet = await readFleet(deps, project);
  const now = deps.ports.now();
  const context = { failed: [], touched: [], seed: "", now, names: {} };
  const plan = targetsPlan({ select: [asked.targets], unavailable: "wait" });
  const resolved = resolveTargets(plan, fleet, context);
  if (resolved.verdict !== "run") {
    const detail = `${resolved.reason ?? "no runner fits"}, got ${JSON.stringify(asked.targets)}`;
    throw new ProblemError("validation_failed", `the targets: ${detail}`, {
      errors: [{ pointer: "/targets", detail }],
    });
  }
  const ids = resolved.targets.map(({ id }) => id);
  const found = await createRunnerStore(deps.ports.database).byIds(ids);
  const rows = new Map(found.map((row) => [row.id, row]));
  const presence = new Map(fleet.map((one) => [one.id, one.presence]));
  const candidates = resolved.targets.map(({ id, name }) => ({
    ...{ id, name, facts: rows.get(id)?.facts ?? null, isEphemeral: rows.get(id)?.ephemeral === true },
    version: rows.get(id)?.version ?? null,
    presence: presence.get(id) ?? ("offline" as const),
  }));
  return {
    ...{ state: "running", version: handedOut.version, why: null, wave: 0 },
    ...{ waveSize: asked.wave, pauseMs: asked.pause, withinMs: asked.within },
    allowDowngrade: asked.allowDowngrade,
    ...{ startedAt: now, endedAt: null, waveEndedAt: null },
    ...planUpgrade(candidates, handedOut, asked),
  };
}

/** Keeps an upgrade, which then moves by itself. Throws `conflict` while another one is under way. */
export async function beginUpgrade(
  { ports }: Deps,
  project: string,
  planned: Omit<Upgrade, "id">,
): Promise<void> {
  const store = createUpgradeStore(ports.database);
  const before = await store.read(project);
  const upgrade = { id: makeId("upgrade", ports.now(), ports.random(10)), ...planned };
  const isFree = before === null || before.upgrade.state !== "running";
  if (isFree && (await store.write(project, upgrade, before))) return ports.upgradeBegun?.();
  throw new ProblemError("conflict", "an upgrade of this project's runners is under way", {
    hint: "pulse upgrade status tells of it, pulse upgrade stop ends it.",
  });
}
