import { Argument, type Command } from "commander";
import { bashScript } from "../completion/bash.ts";
import { commandTable } from "../completion/command-table.ts";
import { fishScript } from "../completion/fish.ts";
import { zshScript } from "../completion/zsh.ts";
import { run } from "../session.ts";

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** Adds `completion`: a script made from the command table, for the shell to read. */
export function addCompletion(program: Command): void {
  program
    .command("completion")
    .description("a completion script, such as: source <(pulse completion bash)")
    .addArgument(new Argument("<shell>").choices(Object.keys(scripts)))
    .action(
      run(async ({ answer }, { args }) => {
        // The parser takes none but these.
        const shell = args[0] as keyof typeof scripts;
        const script = scripts[shell](commandTable(program));
        answer({ shell, script }, () => script);
      }),
    );
}
