import * as wire from "@pulse/schema/wire/callbacks";
import type { Command } from "commander";
import { run } from "../session.ts";
import { table } from "../table.ts";

/** Adds `callback list|secret`. */
export function addCallback(program: Command): void {
  const group = program.command("callback").description("who is told when an execution has ended");
  group
    .command("list <execution>")
    .description("each try to tell them, oldest first")
    .action(
      run(async ({ client, answer, messages, signal }, { args }) => {
        const list = await client.call(wire.listCallbacks, { params: { id: args[0] ?? "" }, signal });
        const rows = list.items.flatMap(({ url, status, nextAt, tries }) => [
          ["", url, status, nextAt === null ? "" : `→ ${nextAt}`],
          ...tries.map((one) => [one.at, "", String(one.status ?? ""), one.error ?? ""]),
        ]);
        answer(list, () =>
          rows.length === 0 ? messages.none : table([["AT", "URL", "STATUS", "ERROR"], ...rows]),
        );
      }),
    );
  group
    .command("secret")
    .description("what they are signed with, for the receiver to check")
    .option("--rotate", "a new secret; callbacks are signed with the one before too for a day")
    .action(
      run(async ({ client, answer, signal }, command) => {
        const isNew = command.opts<{ rotate?: boolean }>().rotate === true;
        const made = await client.call(isNew ? wire.newCallbackSecret : wire.getCallbackSecret, { signal });
        answer(made, () => made.secret);
      }),
    );
}
