import type { RunnerUpgrade, UpgradedRunner } from "@pulse/schema/wire/runner-upgrades";
import type { RunnerView } from "@pulse/schema/wire/runners";

/** One that has ended is told of for so long. */
export const toldForMs = 3_600_000;

/** The runners of another version than the gateway's; one that never connected has none. */
export function otherVersions<R extends Pick<RunnerView, "version">>(
  gateway: string | undefined,
  runners: readonly R[],
): R[] {
  return gateway === undefined
    ? []
    : runners.filter(({ version }) => version !== null && version !== gateway);
}

/** Whether a runner was installed from a gateway, so that one can upgrade it. */
export function isInstalled({ facts }: Pick<RunnerView, "facts">): boolean {
  return typeof facts?.bundle === "string";
}

/** Whether an upgrade is shown: one that is under way, one that has just ended, and one that did not end well while something is left to upgrade. */
export function isShown(
  upgrade: Pick<RunnerUpgrade, "state" | "endedAt">,
  others: number,
  nowMs: number,
): boolean {
  if (upgrade.state === "running") return true;
  if (upgrade.endedAt !== null && nowMs - Date.parse(upgrade.endedAt) < toldForMs) return true;
  return upgrade.state !== "succeeded" && others > 0;
}

/** An upgrade by its waves, those that have it already, and those that stay as they are. */
export function partsOf({ waves, runners }: Pick<RunnerUpgrade, "waves" | "runners">) {
  const perWave = Array.from({ length: waves }, (): UpgradedRunner[] => []);
  for (const runner of runners) if (runner.wave !== null) perWave[runner.wave - 1]?.push(runner);
  return {
    waves: perWave,
    current: runners.filter(({ state }) => state === "current"),
    left: runners.filter(({ state }) => state === "left"),
  };
}
