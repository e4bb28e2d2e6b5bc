import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ProblemError } from "@pulse/schema/problem";
import type { Command } from "commander";
import { takeOver } from "../interrupt.ts";
import { run } from "../session.ts";

/** The gateway with its built-in runner, where this command is part of a whole checkout. */
const start = fileURLToPath(new URL("../../../gateway/src/platform/node/start.ts", import.meta.url));

/** Adds `up`. */
export function addUp(program: Command): void {
  program
    .command("up")
    .description("start a gateway with a runner on this machine, as `pnpm start` does, until Ctrl-C")
    .option("--port <port>", "where it answers (PULSE_PORT)")
    .option("--data <dir>", "where it keeps everything (PULSE_DATA_DIR)")
    .action(
      run(async ({ messages }, command) => {
        if (!existsSync(start))
          throw new ProblemError("not_found", messages.upNotHere, { hint: messages.upHint });
        const { port, data } = command.opts<{ port?: string; data?: string }>();
        const env = {
          ...process.env,
          ...(port === undefined ? {} : { PULSE_PORT: port }),
          ...(data === undefined ? {} : { PULSE_DATA_DIR: data }),
        };
        const child = spawn(process.execPath, [start], { env, stdio: "inherit" });
        // It ends in its own time: work that runs is finished first. A terminal tells both of Ctrl-C by itself, and a second one it takes for haste.
        const isTold = (signal: NodeJS.Signals) => signal === "SIGINT" && process.stdin.isTTY;
        const stop = takeOver((signal) => void (isTold(signal) || child.kill(signal)));
        const { promise, resolve } = Promise.withResolvers<number>();
        child.once("exit", (code) => resolve(code ?? 1));
        child.once("error", () => resolve(1));
        process.exitCode = await promise;
        stop();
      }),
    );
}
