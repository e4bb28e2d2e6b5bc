import { isLater } from "@pulse/schema/version-order";
import type { HandedOut } from "../../ports.ts";
import type { Upgrade, UpgradeRunner } from "./upgrade.ts";

/** What is known of a runner that may be upgraded. */
export interface Candidate {
  id: string;
  name: string;
  presence: "online" | "unreachable" | "offline";
  isEphemeral?: boolean;
  /** Null: it never connected. */
  version: string | null;
  facts: Readonly<Record<string, unknown>> | null;
}

/** How many runners a wave of `size` ("3", "10%") has when `count` are upgraded: a share is rounded up, and it is at least one. */
export function runnersPerWave(size: string, count: number): number {
  const number = Number.parseInt(size, 10);
  return Math.max(1, size.endsWith("%") ? Math.ceil((count * number) / 100) : number);
}

/** Which runners are upgraded in which wave, in the order in which they come, and why the others are not. */
export function planUpgrade(
  candidates: readonly Candidate[],
  handedOut: HandedOut,
  { wave: size, allowDowngrade }: { wave: string; allowDowngrade: boolean },
): Pick<Upgrade, "runners" | "waves"> {
  const judged = candidates.map((one) => ({ one, ...judge(one, handedOut, allowDowngrade) }));
  const count = judged.filter(({ state }) => state === "waiting").length;
  const perWave = runnersPerWave(size, count);
  let placed = 0;
  const runners = judged.map(({ one, state, why, sha256 }): UpgradeRunner => {
    const wave = state === "waiting" ? Math.floor(placed++ / perWave) + 1 : null;
    return { id: one.id, name: one.name, wave, state, why, sha256, at: null, saidAt: null };
  });
  return { runners, waves: Math.ceil(count / perWave) };
}

function judge(
  { presence, facts, version, isEphemeral = false }: Candidate,
  { bundles, version: handed }: HandedOut,
  allowDowngrade: boolean,
): Pick<UpgradeRunner, "why" | "sha256"> & { state: "waiting" | "current" | "left" } {
  const left = (why: string) => ({ state: "left" as const, why, sha256: null });
  const installed = facts?.bundle;
  if (facts === null) return left("it has never connected");
  if (typeof installed !== "string")
    return left(
      "it is not upgradable from here, because it was not installed by this gateway's line (it is a checkout, a staged folder or an image): update it where it was installed from",
    );
  const platform = `${facts.os}-${facts.arch}`;
  const found = bundles.find((one) => one.platform === platform);
  if (found === undefined)
    return left(
      `it is not upgradable from here, because this gateway hands out no runner for ${platform}, only for ${bundles.map((one) => one.platform).join(", ")}`,
    );
  if (found.sha256 === installed) return { state: "current", why: null, sha256: found.sha256 };
  const { upgrades } = facts;
  if (typeof upgrades === "string") return left(`it is not upgradable from here, because ${upgrades}`);
  if (upgrades !== true)
    return left(
      "it is not upgradable from here, because its version cannot do that yet: use the line of pulse runner add once more on its machine",
    );
  if (!allowDowngrade && version !== null && isLater(version, handed))
    return left(
      `it runs ${version}, and ${handed} is older: pulse upgrade runners --allow-downgrade takes it back`,
    );
  if (isEphemeral)
    return left("it is ephemeral, and would be gone: the next one that is installed has the new version");
  if (presence !== "online") return left(`it is ${presence}`);
  return { state: "waiting", why: null, sha256: found.sha256 };
}
