import { setTimeout as pause } from "node:timers/promises";
import * as wire from "@pulse/schema/wire/runner-upgrades";
import type { Command } from "commander";
import { exitCodes } from "../exit-codes.ts";
import { fill } from "../messages/say.ts";
import { run, type Session } from "../session.ts";
import { table } from "../table.ts";
import { checkWait } from "./run.ts";

const lookEveryMs = 1000;

interface Options {
  wave?: string;
  pause?: string;
  within?: string;
  dryRun?: true;
  allowDowngrade?: true;
  wait?: true | string;
}

/** Adds `upgrade runners|status|stop`: the gateway upgrades its runners in waves. */
export function addUpgradeRunners(group: Command): void {
  group
    .command("runners [expression]")
    .description("upgrade runners to what the gateway hands out, in waves: upgrade runners 'web & prod'")
    .option("--wave <size>", "runners of a wave: a number, or a share such as 10%")
    .option("--pause <duration>", "between two waves")
    .option("--within <duration>", "how long a runner may take until it is up again")
    .option("--allow-downgrade", "also runners of a later version go back to what the gateway hands out")
    .option("--dry-run", "only tell what would be done")
    .option("--wait [seconds]", "until it has ended, at most so many seconds; code 10 when it failed")
    .action(
      run(async (session, command) => {
        const { wait, ...options } = command.opts<Options>();
        checkWait(session, wait);
        const [targets] = command.args;
        const body = { ...options, ...(targets === undefined ? {} : { targets }) };
        const { client, signal } = session;
        const begun = await client.call(wire.upgradeRunners, { body, signal });
        const mayWait = wait !== undefined && begun.id !== null;
        const end = mayWait ? await followed(session, begun, wait) : begun;
        told(session, end);
        if (!mayWait || end.state === "succeeded") return;
        process.exitCode = end.state === "running" ? exitCodes.timedOut : exitCodes.failed;
      }),
    );
  group
    .command("status")
    .description("the upgrade of runners that is under way, or the last one")
    .action(
      run(async (session) => {
        const { client, signal, answer, messages } = session;
        const { upgrade } = await client.call(wire.readRunnerUpgrade, { signal });
        if (upgrade === null) answer(null, () => messages.upgradeNone);
        else told(session, upgrade);
      }),
    );
  group
    .command("stop")
    .description("begin no more waves of an upgrade of runners")
    .action(
      run(async (session) => {
        const { client, signal } = session;
        told(session, await client.call(wire.stopRunnerUpgrade, { signal }));
      }),
    );
}

/** The upgrade when it has ended, or when it was waited for long enough; what becomes of each runner is said as it happens. */
async function followed(
  session: Session,
  begun: wire.RunnerUpgrade,
  wait: true | string,
): Promise<wire.RunnerUpgrade> {
  const { client, signal, line } = session;
  const until = performance.now() + (wait === true ? Number.POSITIVE_INFINITY : Number(wait) * 1000);
  const states = new Map<string, string>();
  for (let upgrade = begun; ; ) {
    for (const { id, name, state, why, wave } of upgrade.runners) {
      if (wave === null || state === "waiting" || states.get(id) === state) continue;
      states.set(id, state);
      line(`${wave}/${upgrade.waves} ${name} ${wordsOf(session, state, why)}`);
    }
    if (upgrade.state !== "running" || performance.now() >= until) return upgrade;
    await pause(lookEveryMs, undefined, { signal });
    const { upgrade: next } = await client.call(wire.readRunnerUpgrade, { signal });
    // Somebody has begun another one meanwhile: this one had ended before.
    if (next?.id !== begun.id) return upgrade;
    upgrade = next;
  }
}

function told({ answer, messages }: Session, upgrade: wire.RunnerUpgrade): void {
  const { state, version, wave, waves, why, runners } = upgrade;
  const rows = runners.map((one) => [
    ...[one.name, one.wave === null ? "-" : String(one.wave)],
    wordsOf({ messages }, standOf(one, state), one.why),
  ]);
  const stand = fill(messages.upgradeStand, { state: messages[stands[state]], version, wave, waves });
  answer(upgrade, () =>
    [
      why === null ? stand : `${stand}: ${why}`,
      ...(rows.length === 0 ? [] : [table([["RUNNER", "WAVE", "STATE"], ...rows])]),
    ].join("\n"),
  );
}

const stands = {
  planned: "upgradePlanned",
  running: "upgradeRunning",
  succeeded: "upgradeSucceeded",
  failed: "upgradeFailed",
  stopped: "upgradeStopped",
} as const;
const states = {
  untold: "upgradeUntold",
  waiting: "upgradeWaiting",
  told: "upgradeTold",
  upgraded: "upgradeUpgraded",
  failed: "upgradeRunnerFailed",
  current: "upgradeCurrent",
  left: "upgradeLeft",
} as const;

/** How a runner stands: nobody's turn comes once the upgrade is over. */
export function standOf(
  { state }: Pick<wire.UpgradedRunner, "state">,
  upgrade: wire.RunnerUpgrade["state"],
): keyof typeof states {
  const isOver = upgrade !== "running" && upgrade !== "planned";
  return isOver && state === "waiting" ? "untold" : state;
}

function wordsOf(
  { messages }: Pick<Session, "messages">,
  state: keyof typeof states,
  why: string | null,
): string {
  const words = messages[states[state]];
  return why === null ? words : `${words}: ${why}`;
}
