import { resolve } from "node:path";
import type { Command } from "commander";
import { Reloads } from "../dev/reloads.ts";
import { DevVoice } from "../dev/voice.ts";
import { changesOf } from "../dev/watch-folder.ts";
import { exitCodes } from "../exit-codes.ts";
import { Interrupted, interrupted } from "../interrupt.ts";
import { run } from "../session.ts";

/** Adds `dev`: each save is a version that the alias `dev` moves to once it has loaded; what fails moves nothing. */
export function addDev(program: Command): void {
  program
    .command("dev [dir]")
    .description("watch a folder, reload each change as <function>@dev, and tail its calls")
    .option("--alias <name>", "the alias to move", "dev")
    .action(
      run(async (session, command) => {
        const dir = resolve(command.args[0] ?? ".");
        const { alias = "dev" } = command.opts<{ alias?: string }>();
        const reloads = new Reloads(session, dir, alias, new DevVoice(session, dir, alias));
        const stop = new AbortController();
        // Listening first: what is saved while the first version is made is the first change.
        const changes = changesOf(dir, AbortSignal.any([session.signal, stop.signal]));
        const first = changes.next();
        try {
          await reloads.begin();
          session.note("watching", { dir });
          for (let next = await first; !next.done; next = await changes.next())
            await reloads.follow(next.value);
        } finally {
          stop.abort();
          await reloads.end();
        }
        // Ctrl-C is how one leaves.
        const { reason } = interrupted as { reason: unknown };
        if (reason instanceof Interrupted && reason.exitCode === 130) process.exitCode = exitCodes.ok;
        else session.signal.throwIfAborted();
      }),
    );
}
