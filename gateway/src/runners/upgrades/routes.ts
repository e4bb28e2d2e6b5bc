import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/runner-upgrades";
import { bind } from "../../http/bind.ts";
import type { Deps, PulseApp } from "../../http/context.ts";
import { beginUpgrade, handedOutOf, plannedUpgrade } from "./begin.ts";
import { mayDowngrade, moveUpgrade, stopUpgrade, takeReport } from "./move.ts";
import { signBundle } from "./signing.ts";
import type { Upgrade } from "./upgrade.ts";

/** Mounts upgrades of runners: the control API, and what runners ask and say. */
export function mountRunnerUpgrades(app: PulseApp, deps: Deps): void {
  bind(app, deps, wire.upgradeRunners, async ({ principal, body }) => {
    const planned = await plannedUpgrade(deps, principal.project, body);
    if (body.dryRun) return { body: { ...viewOf({ ...planned, id: "" }), ...unbegun } };
    await beginUpgrade(deps, principal.project, planned);
    const begun = await moveUpgrade(deps, principal.project);
    return { status: 202, body: viewOf(begun?.upgrade ?? missing()) };
  });
  bind(app, deps, wire.readRunnerUpgrade, async ({ principal }) => {
    const found = await moveUpgrade(deps, principal.project);
    return { body: { upgrade: found ? viewOf(found.upgrade) : null } };
  });
  bind(app, deps, wire.stopRunnerUpgrade, async ({ principal }) => {
    const found = await stopUpgrade(deps, principal.project);
    return { body: viewOf(found ?? missing()) };
  });
  bind(app, deps, wire.readUpgrade, async ({ principal, query }) => {
    const { bundles, version, protocol, node } = await handedOutOf(deps);
    const found = bundles.find(({ platform }) => platform === query.platform);
    if (found === undefined)
      throw new ProblemError("not_found", `this gateway hands out no runner for ${query.platform}`);
    const { platform, file, sha256, bytes } = found;
    const said = { nonce: query.nonce, version, protocol, node, platform, file, sha256, bytes };
    const { upgrade: id } = query;
    const mayGoBack =
      id !== undefined && (await mayDowngrade(deps, principal.project, { id, runner: principal.id, sha256 }));
    const signed = await signBundle(deps.ports, mayGoBack ? { ...said, downgrade: id } : said);
    return { body: { signed } };
  });
  bind(app, deps, wire.reportUpgrade, async ({ principal, body }) => {
    const { id, outcome, sha256, detail } = body;
    await takeReport(deps, principal.project, id, { runner: principal.id, outcome, sha256, detail });
    return { status: 204 };
  });
}

const unbegun = { id: null, state: "planned" as const, startedAt: null };

function viewOf(upgrade: Upgrade) {
  const { waveEndedAt: _, allowDowngrade: __, startedAt, endedAt, ...rest } = upgrade;
  return {
    ...rest,
    startedAt: timeOf(startedAt),
    endedAt: timeOf(endedAt),
    runners: upgrade.runners.map(({ id, name, wave, state, why, at }) => ({
      ...{ id, name, wave, state, why },
      at: timeOf(at),
    })),
  };
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

function missing(): never {
  throw new ProblemError("not_found", "no runners of this project were ever upgraded from here");
}
