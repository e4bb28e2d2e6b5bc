import type { Command } from "commander";

/** A flag as completions need it. */
export interface Flag {
  /** `-m` and `--message`, as typed. */
  names: string[];
  description: string;
  takesValue: boolean;
  /** The only values, where there are such. */
  choices: readonly string[];
}

/** A command or a group of commands. */
export interface Row {
  /** The words before what is completed: "" for `pulse` itself, "function list". */
  path: string;
  commands: { name: string; description: string }[];
  flags: Flag[];
}

/** Every command with what may follow it; the global flags are those of the first row. */
export function commandTable(program: Command): Row[] {
  return rowsOf(program, []);
}

function rowsOf(command: Command, path: readonly string[]): Row[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command).filter((one) => one.name() !== "help");
  const row = {
    path: path.join(" "),
    commands: commands.map((one) => ({ name: one.name(), description: one.description() })),
    flags: help.visibleOptions(command).map((option) => ({
      names: [option.short, option.long].filter((name) => name !== undefined),
      description: option.description,
      takesValue: option.required || option.optional,
      choices: option.argChoices ?? [],
    })),
  };
  return [row, ...commands.flatMap((one) => rowsOf(one, [...path, one.name()]))];
}

/** The names of all flags that take a value, once each. */
export function valueFlags(rows: readonly Row[]): string[] {
  const flags = rows.flatMap((row) => row.flags).filter((flag) => flag.takesValue);
  return [...new Set(flags.flatMap((flag) => flag.names))].sort();
}

/** The paths of all commands but `pulse` itself. */
export function paths(rows: readonly Row[]): string[] {
  return rows.map((row) => row.path).filter((path) => path !== "");
}

/** The flags with a closed list of values, once each. */
export function choiceFlags(rows: readonly Row[]): Flag[] {
  const seen = new Set<string>();
  return rows
    .flatMap((row) => row.flags)
    .filter((flag) => flag.choices.length > 0 && !seen.has(flag.names.join()) && seen.add(flag.names.join()));
}

/** A text in single quotes for a POSIX shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
