import type { Upgrade, UpgradeRunner } from "./upgrade.ts";

/** A runner that was told and is not heard of is told again: the answer that told it, or the hub, may be lost. */
const saidAgainMs = 20_000;

/** So soon one that is out of reach for a moment is looked for again. */
const lookAgainMs = 5000;

/** What moves an upgrade. */
export interface Step {
  upgrade: Upgrade;
  /** Ids of runners that are to be told now. */
  tell: string[];
  /** When there is something to be done again (epoch ms); null: never. */
  nextAt: number | null;
}

/** How runners are, by their ids. */
export type Presence = ReadonlyMap<string, "online" | "unreachable" | "offline">;

/** What a runner said of its upgrade. */
export interface Report {
  runner: string;
  outcome: "up" | "refused" | "takenBack";
  sha256: string | null;
  detail: string | null;
}

/** Does what is due at `now`: ends the upgrade when a runner failed, begins the next wave when the one before is wholly upgraded and still there, says again. `presence` by id: one that is not in it is gone. */
export function advance(upgrade: Upgrade, presence: Presence, now: number): Step {
  if (upgrade.state !== "running") return { upgrade, tell: [], nextAt: null };
  const judged = { ...upgrade, runners: upgrade.runners.map((one) => overdue(one, upgrade.withinMs, now)) };
  const failed = judged.runners.find(({ state }) => state === "failed");
  if (failed !== undefined) return ended(judged, "failed", `${failed.name}: ${failed.why}`, now);
  if (judged.runners.some(({ state }) => state === "told")) return saidAgain(judged, now);
  if (judged.wave === judged.waves) return ended(judged, "succeeded", null, now);
  return nextWave(judged, presence, now);
}

function overdue(one: UpgradeRunner, withinMs: number, now: number): UpgradeRunner {
  if (one.state !== "told" || now < (one.at ?? now) + withinMs) return one;
  const why = `it did not come back with the new version within ${Math.round(withinMs / 1000)} s of being told`;
  return { ...one, state: "failed", why, at: now };
}

function ended(upgrade: Upgrade, state: "failed" | "succeeded", why: string | null, now: number): Step {
  return { upgrade: { ...upgrade, state, why, endedAt: now }, tell: [], nextAt: null };
}

function saidAgain(upgrade: Upgrade, now: number): Step {
  const tell: string[] = [];
  let nextAt = Number.POSITIVE_INFINITY;
  const runners = upgrade.runners.map((one) => {
    if (one.state !== "told") return one;
    const isDue = now >= (one.saidAt ?? 0) + saidAgainMs;
    const saidAt = isDue ? now : (one.saidAt ?? now);
    if (isDue) tell.push(one.id);
    nextAt = Math.min(nextAt, saidAt + saidAgainMs, (one.at ?? now) + upgrade.withinMs);
    return { ...one, saidAt };
  });
  return { upgrade: { ...upgrade, runners }, tell, nextAt };
}

function nextWave(upgrade: Upgrade, presence: Presence, now: number): Step {
  const waveEndedAt = upgrade.wave === 0 ? null : (upgrade.waveEndedAt ?? now);
  const beginAt = waveEndedAt === null ? now : waveEndedAt + upgrade.pauseMs;
  if (now < beginAt) return { upgrade: { ...upgrade, waveEndedAt }, tell: [], nextAt: beginAt };
  const upgraded = upgrade.runners.filter(({ state }) => state === "upgraded");
  const gone = upgraded.find(({ id }) => (presence.get(id) ?? "offline") === "offline");
  if (gone !== undefined) {
    const why = "it was upgraded, and is not there any more";
    const runners = upgrade.runners.map((one) =>
      one.id === gone.id ? { ...one, state: "failed" as const, why, at: now } : one,
    );
    return ended({ ...upgrade, runners }, "failed", `${gone.name}: ${why}`, now);
  }
  const isAway = upgraded.some(({ id }) => presence.get(id) === "unreachable");
  if (isAway) return { upgrade: { ...upgrade, waveEndedAt }, tell: [], nextAt: now + lookAgainMs };
  const wave = upgrade.wave + 1;
  const tell = upgrade.runners.flatMap((one) => (one.wave === wave ? one.id : []));
  const runners = upgrade.runners.map((one) =>
    one.wave === wave ? { ...one, state: "told" as const, at: now, saidAt: now } : one,
  );
  const nextAt = now + Math.min(saidAgainMs, upgrade.withinMs);
  return { upgrade: { ...upgrade, wave, waveEndedAt: null, runners }, tell, nextAt };
}

/** Begins no more waves. */
export function stopped(upgrade: Upgrade, now: number): Upgrade {
  return upgrade.state === "running" ? { ...upgrade, state: "stopped", endedAt: now } : upgrade;
}

/** Takes down what a runner said; what it says late, after it was given up or the upgrade ended, is the truth all the same. */
export function reported(upgrade: Upgrade, report: Report, now: number): Upgrade {
  const runners = upgrade.runners.map((one) => {
    if (one.id !== report.runner || (one.state !== "told" && one.state !== "failed")) return one;
    if (report.outcome === "up" && report.sha256 === one.sha256)
      return { ...one, state: "upgraded" as const, why: null, at: now };
    return { ...one, state: "failed" as const, why: wordsOf(report), at: now };
  });
  return { ...upgrade, runners };
}

function wordsOf({ outcome, detail, sha256 }: Report): string {
  if (outcome === "up") return `it says that it is up, but runs ${sha256 ?? "no archive"}`;
  const before = "it runs the version before";
  if (outcome === "refused") return `it refused: ${detail ?? "it does not say why"}; ${before}`;
  return `${detail ?? "the new version did not come up"}; ${before}`;
}
