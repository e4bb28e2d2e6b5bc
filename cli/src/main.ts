import { CommanderError } from "commander";
import { hearSignals } from "./interrupt.ts";
import { languageOf } from "./messages/say.ts";
import { buildProgramFor } from "./program.ts";
import { failUsage, languageFlagIn } from "./usage-failure.ts";

hearSignals();
// Whoever reads may stop reading: `pulse … | head` is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});
const words = process.argv.slice(2);
try {
  const program = await buildProgramFor(languageOf(process.env, languageFlagIn(words)), words);
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  failUsage(error, words);
}
