import { CommanderError } from "commander";
import { hearSignals } from "./interrupt.ts";
import { buildProgram } from "./program.ts";
import { failUsage } from "./usage-failure.ts";

hearSignals();
try {
  await buildProgram().parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  failUsage(error, process.argv.slice(2));
}
