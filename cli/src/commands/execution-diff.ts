import { diffExecutions } from "@pulse/schema/wire/execution-diff";
import type { Command } from "commander";
import pc from "picocolors";
import { exitCodes } from "../exit-codes.ts";
import { type GlobalFlags, isColoured } from "../global-flags.ts";
import { run } from "../session.ts";
import { diffText } from "./execution-diff-text.ts";

/** Adds `execution diff`. */
export function addExecutionDiff(group: Command): void {
  group
    .command("diff <before> <after>")
    .description("how two executions of the same kind differ; exits 20 when they do")
    .option("--all", "show the steps that are the same too")
    .action(
      run(async ({ client, messages, answer, signal }, command) => {
        const [id = "", other = ""] = command.args;
        const diff = await client.call(diffExecutions, { params: { id, other }, signal });
        const flags = command.optsWithGlobals<GlobalFlags & { all?: boolean }>();
        const colours = pc.createColors(isColoured(flags, process.env, process.stdout));
        answer(diff, () => diffText(diff, { messages, colours, all: flags.all === true }));
        if (!diff.isSame) process.exitCode = exitCodes.differences;
      }),
    );
}
