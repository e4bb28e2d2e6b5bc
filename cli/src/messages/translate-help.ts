import type { Command } from "commander";
import { helpEs } from "./help-es.ts";

/** Puts a command table's help into Spanish; what has no entry stays as it is. */
export function translateHelp(command: Command): void {
  const inSpanish = (text: string) => helpEs[text] ?? text;
  command.description(inSpanish(command.description()));
  for (const option of command.options) option.description = inSpanish(option.description);
  command.helpOption("-h, --help", inSpanish("help for a command"));
  command.configureHelp({ ...command.configureHelp(), styleTitle: inSpanish });
  for (const one of command.commands) translateHelp(one);
}
