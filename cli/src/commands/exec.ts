import { randomUUID } from "node:crypto";
import { runCommand } from "@pulse/schema/wire/commands";
import type { Command } from "commander";
import pc from "picocolors";
import { exitCodeOfStatus } from "../exit-codes.ts";
import { type GlobalFlags, isColoured, timeoutOf } from "../global-flags.ts";
import { interrupted } from "../interrupt.ts";
import { run } from "../session.ts";
import { followCommand } from "./exec-follow.ts";
import { resultText } from "./exec-output.ts";
import { commandOf, type ExecOptions } from "./exec-words.ts";

const several = (text: string, before: string[]) => [...before, text];

/** Adds `exec`: a command on machines, with equal outputs together. `--timeout` is how long it may run on each. */
export function addExec(program: Command): void {
  program
    .command("exec <targets> [words...]")
    .description("run a command on machines: exec 'web & prod' -- uname -r")
    .option("--script <file>", "run this script instead; - is standard input")
    .option("--ref <name>", "run a command that the machines describe instead")
    .option("--arg <name=value>", "an argument of --ref (can be repeated)", several, [])
    .option("-e, --env <name=value>", "a variable (can be repeated)", several, [])
    .option("--in <folder>", "the folder on the machines")
    .option("--user <name>", "the user on the machines")
    .option("--shell <shell>", "the shell, such as /bin/bash -eu")
    .option("--batch <count>", "so many machines at a time: a number or a percentage")
    .option("--max-failures <count>", "go on until more than so many have failed: a number or a percentage")
    .option("--detach", "print the id and do not wait")
    .action(
      run(async (session, command) => {
        const [targets = "", ...words] = command.args;
        const options = command.opts<ExecOptions & { detach?: boolean }>();
        const flags = command.optsWithGlobals<GlobalFlags>();
        const timeoutMs = timeoutOf(flags.timeout, session.messages);
        const body = commandOf(targets, words, options, timeoutMs, session.messages);
        const made = await session.client.call(runCommand, {
          ...{ body, headers: { "idempotency-key": randomUUID() } },
          signal: interrupted,
        });
        if (options.detach === true) return session.answer(made, () => made.id);
        const view = await followCommand(session, made.id);
        const colours = pc.createColors(isColoured(flags, process.env, process.stdout));
        session.answer(view, () => resultText(view, colours, session.messages));
        process.exitCode = exitCodeOfStatus(view.status);
      }),
    );
}
