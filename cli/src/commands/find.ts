import * as wire from "@pulse/schema/wire/search";
import type { Command } from "commander";
import { run } from "../session.ts";
import { table } from "../table.ts";

/** Adds `find`: everything with a name or an id, in one list. */
export function addFind(program: Command): void {
  program
    .command("find <text>")
    .description("functions, workflows, runners, executions and triggers by name or id")
    .option("--limit <count>", "so many of each kind, 1 to 20", "5")
    .action(
      run(async ({ client, answer, messages, signal }, command) => {
        const { limit } = command.opts<{ limit: string }>();
        const query = { q: command.args[0] ?? "", limit: Number(limit) };
        const found = await client.call(wire.find, { query, signal });
        const rows = found.items.map(({ kind, name, id, status, at }) => [
          kind,
          name,
          id,
          status ?? "",
          at ?? "",
        ]);
        answer(found, () =>
          rows.length === 0 ? messages.none : table([["KIND", "NAME", "ID", "STATUS", "AT"], ...rows]),
        );
      }),
    );
}
