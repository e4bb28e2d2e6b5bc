import { CommanderError } from "commander";
import { hearSignals } from "./interrupt.ts";
import { languageOf } from "./messages/say.ts";
import { buildProgram } from "./program.ts";
import { failUsage, languageFlagIn } from "./usage-failure.ts";

hearSignals();
const words = process.argv.slice(2);
try {
  await buildProgram(languageOf(process.env, languageFlagIn(words))).parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  failUsage(error, words);
}
