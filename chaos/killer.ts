import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "./cluster.ts";

/** What was killed so far. */
export interface Kills {
  gateway: number;
  runner: number;
  both: number;
}

/**
 * Kills processes with SIGKILL, evenly over the work: half of the times the gateway, four tenths a runner, else both within 50 ms. The next
 * kill comes when the gateway answers again. `progress` tells how much of the work was sent, 0 to 1;
 * `onKill` hears which kill is next; `before` is waited for before the gateway is killed, `between` while it is down.
 */
export async function storm(
  cluster: Cluster,
  options: {
    kills: number;
    progress: () => number;
    random: () => number;
    onKill: (kill: number) => void;
    before?: (kill: number) => Promise<void>;
    between?: (kill: number) => Promise<void>;
    /** Whether this kill must be one of the gateway, whatever the dice say. */
    mustStop?: (kill: number) => boolean;
  },
  signal: AbortSignal,
): Promise<Kills> {
  const { kills, progress, random } = options;
  const done: Kills = { gateway: 0, runner: 0, both: 0 };
  for (let kill = 0; kill < kills; kill++) {
    options.onKill(kill);
    // Somewhere within the work that is let through before this kill, so that it falls into the middle of some.
    const at = (kill + random()) / kills;
    while (progress() < at) await sleep(20, undefined, { signal });
    const drawn = random();
    const what = drawn < 0.5 || options.mustStop?.(kill) ? "gateway" : drawn < 0.9 ? "runner" : "both";
    const runner = cluster.runners[Math.floor(random() * cluster.runners.length)] ?? "";
    done[what] += 1;
    if (what !== "runner") await options.before?.(kill);
    if (what !== "gateway") await cluster.killRunner(runner);
    if (what === "both") await sleep(50 * random());
    if (what !== "runner") {
      await cluster.killGateway();
      await options.between?.(kill);
      await sleep(300 * random());
      cluster.startGateway();
      await cluster.ready();
    }
    if (what !== "gateway") {
      await sleep(300 * random());
      cluster.startRunner(runner);
    }
    await sleep(200 + 800 * random(), undefined, { signal });
  }
  return done;
}
