import * as wire from "@pulse/schema/wire/workflow-aliases";
import type { Command } from "commander";
import { fill } from "../messages/say.ts";
import { run } from "../session.ts";
import { table } from "../table.ts";
import { UsageError } from "../usage.ts";

/** Adds `alias list|set|remove` of a workflow. */
export function addWorkflowAlias(group: Command): void {
  const aliases = group.command("alias").description("names that stand for a revision: patch@stable");
  aliases
    .command("list <workflow>")
    .description("the aliases of a workflow, with their revisions")
    .action(
      run(async ({ client, answer, messages, signal }, { args }) => {
        const list = await client.call(wire.listWorkflowAliases, { params: { name: args[0] ?? "" }, signal });
        const rows = list.items.map((one) => [one.alias, String(one.revision), one.movedBy, one.movedAt]);
        answer(list, () =>
          rows.length === 0 ? messages.none : table([["ALIAS", "REVISION", "BY", "MOVED"], ...rows]),
        );
      }),
    );
  aliases
    .command("set <workflow> <alias> <revision>")
    .description("have an alias stand for a revision")
    .action(
      run(async ({ client, answer, note, messages, signal }, { args }) => {
        const [name = "", alias = "", given = ""] = args;
        if (!/^[1-9]\d{0,8}$/.test(given)) throw new UsageError(fill(messages.wfBadRevision, { given }));
        const revision = Number(given);
        const moved = await client.call(wire.putWorkflowAlias, {
          ...{ params: { name, alias }, body: { revision }, signal },
        });
        note("wfAliasSet", { name, alias, revision });
        answer(moved, () => "");
      }),
    );
  aliases
    .command("remove <workflow> <alias>")
    .description("remove an alias: what still names it is refused from then on")
    .action(
      run(async ({ client, answer, note, signal }, { args }) => {
        const [name = "", alias = ""] = args;
        await client.call(wire.deleteWorkflowAlias, { params: { name, alias }, signal });
        note("wfAliasRemoved", { name, alias });
        answer({ name, alias, removed: true }, () => "");
      }),
    );
}
