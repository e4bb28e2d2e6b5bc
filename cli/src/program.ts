import { Command } from "commander";
import { commandModules } from "./command-modules.ts";
import { addGlobalFlags } from "./global-flags.ts";
import { translateHelp } from "./messages/translate-help.ts";

function emptyProgram(): Command {
  const program = new Command("pulse")
    .description("Pulse: functions on your own machines. It sends nothing to anyone but your gateway.")
    .showSuggestionAfterError(true)
    .configureHelp({ showGlobalOptions: true })
    .helpCommand(false)
    .configureOutput({ outputError: () => undefined })
    .exitOverride();
  addGlobalFlags(program);
  return program;
}

/** The program with the commands of the files for which `isWanted` holds. */
async function programOf(
  language: "en" | "es",
  isWanted: (names: readonly string[]) => boolean,
): Promise<Command> {
  const program = emptyProgram();
  const wanted = commandModules.filter(({ names }) => isWanted(names));
  for (const add of await Promise.all(wanted.map((module) => module.add()))) add(program);
  if (language === "es") translateHelp(program);
  return program;
}

/** The whole command table. What was typed wrong is thrown as `CommanderError`, with nothing printed. */
export function buildProgram(language: "en" | "es"): Promise<Command> {
  return programOf(language, () => true);
}

/**
 * As much of the command table as `words` (what was typed after `pulse`) needs: the file of their command, or everything where they name none,
 * so that help is whole and a name that was mistyped finds its nearest.
 */
export function buildProgramFor(language: "en" | "es", words: readonly string[]): Promise<Command> {
  const [typed] = emptyProgram().parseOptions([...words]).operands;
  // Completion is about every command.
  if (typed === undefined || typed === "completion") return buildProgram(language);
  const isKnown = commandModules.some(({ names }) => names.includes(typed));
  return programOf(language, (names) => !isKnown || names.includes(typed));
}
