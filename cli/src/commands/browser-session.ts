import * as wire from "@pulse/schema/wire/people";
import type { Command } from "commander";
import { run } from "../session.ts";
import { table } from "../table.ts";

/** Adds `session list|end`. */
export function addBrowserSession(program: Command): void {
  const sessions = program.command("session").description("the browsers that are signed in as you");
  sessions
    .command("list")
    .description("each with when it was last used, and from where")
    .action(
      run(async ({ client, answer, signal }) => {
        const list = await client.call(wire.listSessions, { signal });
        const rows = list.items.map((one) => [
          one.id,
          one.lastSeenAt,
          one.address ?? "",
          one.userAgent ?? "",
        ]);
        answer(list, () => table([["ID", "SEEN", "ADDRESS", "BROWSER"], ...rows]));
      }),
    );
  sessions
    .command("end [id]")
    .description("end one, or all of them without an id")
    .action(
      run(async ({ client, answer, note, signal }, command) => {
        const [id] = command.args;
        if (id === undefined) {
          const done = await client.call(wire.endOtherSessions, { signal });
          note("sessionsEnded", { count: done.ended });
          answer(done, () => "");
          return;
        }
        await client.call(wire.endSession, { params: { id }, signal });
        note("sessionsEnded", { count: 1 });
        answer({ ended: 1 }, () => "");
      }),
    );
}
