import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/function-aliases";
import type { Command } from "commander";
import { fill } from "../messages/say.ts";
import { run, type Session } from "../session.ts";
import { table } from "../table.ts";
import { withNearestFunction } from "./nearest-function.ts";

/** An alias of a function as it stands; null: there is none of that name. */
export async function aliasOf(session: Session, name: string, alias: string): Promise<wire.AliasView | null> {
  const { items } = await listed(session, name);
  return items.find((one) => one.alias === alias) ?? null;
}

function listed(session: Session, name: string) {
  const { client, signal } = session;
  return withNearestFunction(session, name, () =>
    client.call(wire.listAliases, { params: { name }, signal }),
  );
}

/** Adds `function aliases|promote`. */
export function addFunctionAliases(group: Command): void {
  group
    .command("aliases <name>")
    .description("its aliases: where they stand, how a split goes, when they end")
    .option("--remove <alias>", "remove an alias; live stays")
    .action(
      run(async (session, command) => {
        const { client, answer, note, signal } = session;
        const name = command.args[0] ?? "";
        const { remove: alias } = command.opts<{ remove?: string }>();
        if (alias !== undefined) {
          await withNearestFunction(session, name, () =>
            client.call(wire.deleteAlias, { params: { name, alias }, signal }),
          );
          note("deleted", { name: `${name}@${alias}` });
          answer({ name, alias, removed: true }, () => "");
          return;
        }
        const list = await listed(session, name);
        const rows = list.items.flatMap((one) => rowsOf(one));
        const head = ["ALIAS", "VERSION", "SHARE", "CALLS", "FAILED", "UNTIL", "URL"];
        // Why each stands where it does, also where it went there by itself.
        const reasons = list.items.flatMap((one) =>
          one.reason === null ? [] : [`${one.alias}: ${one.reason}`],
        );
        answer(list, () => [table([head, ...rows]), ...reasons].join("\n"));
      }),
    );
  group
    .command("promote <name>")
    .description("end a split: its second version gets every call")
    .option("--alias <name>", "the alias that is split (default live)")
    .option("--reason <text>", "why, for whoever reads the audit later")
    .action(
      run(async (session, command) => {
        const { client, answer, note, messages, signal } = session;
        const name = command.args[0] ?? "";
        const { alias = "live", reason } = command.opts<{ alias?: string; reason?: string }>();
        const version = (await aliasOf(session, name, alias))?.split?.version;
        if (version === undefined)
          throw new ProblemError("conflict", fill(messages.noSplit, { name, alias }));
        // Of the split that was seen: it may have been rolled back meanwhile.
        const body = { version, ifCanary: version, ...(reason === undefined ? {} : { reason }) };
        const moved = await client.call(wire.putAlias, { params: { name, alias }, body, signal });
        note("promoted", { name, alias, version });
        answer(moved, () => "");
      }),
    );
}

/** An alias as lines of a table: one for each version. */
function rowsOf({ alias, version, url, expiresAt, split }: wire.AliasView): string[][] {
  const until = expiresAt ?? "";
  if (split === null) return [[alias, `v${version}`, "100 %", "", "", until, url]];
  const { first, second } = split.calls;
  const counts = (calls: wire.SplitCalls) => [`${calls.ended}`, rateOf(calls)];
  return [
    [alias, `v${version}`, `${100 - split.weight} %`, ...counts(first), until, url],
    [alias, `v${split.version}`, `${split.weight} %`, ...counts(second), until, ""],
  ];
}

function rateOf({ ended, failed }: wire.SplitCalls): string {
  return ended === 0 ? "0" : `${failed} (${((failed / ended) * 100).toFixed(1)} %)`;
}
