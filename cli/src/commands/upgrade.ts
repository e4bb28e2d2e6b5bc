import { pulseVersion } from "@pulse/schema/version";
import { version } from "@pulse/schema/wire/operations";
import { listRunners, type RunnerView } from "@pulse/schema/wire/runners";
import type { Command } from "commander";
import * as z from "zod";
import { exitCodes } from "../exit-codes.ts";
import type { Messages } from "../messages/en.ts";
import { run, type Session } from "../session.ts";
import { table } from "../table.ts";
import { type HandedOut, type Part, partsOf } from "./behind.ts";
import { addUpgradeRunners } from "./upgrade-runners.ts";

const manifest = z.object({ bundles: z.array(z.object({ platform: z.string(), sha256: z.string() })) });

const states = {
  current: "upgradeCurrent",
  behind: "upgradeBehind",
  ahead: "upgradeAhead",
  rebuilt: "upgradeRebuilt",
  unknown: "upgradeUnknown",
} as const satisfies Record<Part["state"], keyof Messages>;
const ways = {
  line: "upgradeByLine",
  source: "upgradeBySource",
  cli: "upgradeCli",
} as const satisfies Record<NonNullable<Part["way"]>, keyof Messages>;

/** Adds `upgrade`, and `upgrade runners|status|stop`: how the CLI and each runner stand to the gateway; with `--check` it ends with 20 when one is not as the gateway is. */
export function addUpgrade(program: Command): void {
  const group = program.command("upgrade");
  group
    .description("which runners and which CLI are not of the gateway's version, and what to do")
    .option("--check", "end with code 20 when one is not")
    .action(
      run(async (session, command) => {
        const { client, signal, messages, answer } = session;
        const [gateway, runners, handedOut] = await Promise.all([
          client.call(version, { signal }),
          allRunners(session),
          handedOutBy(session),
        ]);
        const parts = partsOf(gateway.version, pulseVersion, runners, handedOut);
        const isCurrent = parts.every(({ way }) => way === null);
        if (command.opts<{ check?: true }>().check === true && !isCurrent)
          process.exitCode = exitCodes.differences;
        answer({ current: isCurrent, parts }, () =>
          table([
            ["PART", "NAME", "VERSION", "STATE", "TO DO"],
            ...parts.map(({ part, name, version, state, way }) => [
              ...[part, name === "" ? "-" : name, version ?? "-"],
              ...[messages[states[state]], way === null ? "-" : messages[ways[way]]],
            ]),
          ]),
        );
      }),
    );
  addUpgradeRunners(group);
}

async function allRunners({ client, signal }: Session): Promise<RunnerView[]> {
  const all: RunnerView[] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = { limit: 200, ...(cursor === null ? {} : { cursor }) };
    const page = await client.call(listRunners, { query, signal });
    all.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return all;
}

/** What the gateway hands out to runners; null where its dashboard, and so its runner, was not built, or where something else answers there. */
async function handedOutBy({ profile, fetch, signal }: Session): Promise<HandedOut> {
  const answer = await fetch(new URL("/install/manifest.json", profile.gateway), { signal });
  const said: unknown = answer.ok ? await answer.json().catch(() => null) : null;
  return manifest.safeParse(said).data ?? null;
}
