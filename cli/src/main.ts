import { Command, CommanderError } from "commander";
import { addAccount } from "./commands/account.ts";
import { addApi } from "./commands/api.ts";
import { addDeploy } from "./commands/deploy.ts";
import { addExecution } from "./commands/execution.ts";
import { addFunction } from "./commands/function.ts";
import { addInit } from "./commands/init.ts";
import { addInvoke } from "./commands/invoke.ts";
import { addRunner } from "./commands/runner.ts";
import { exitCodes } from "./exit-codes.ts";

const program = new Command("pulse")
  .description("Pulse: functions and workflows on your own machines")
  .version("0.1.0", "-V, --version")
  .option("--gateway <url>", "the gateway to call")
  .option("--key-file <file>", "a file with the API key")
  .option("--json", "one JSON document on stdout")
  .option("-q, --quiet", "no news on stderr")
  .option("--no-color", "no colour")
  .showSuggestionAfterError(true)
  .exitOverride();

for (const add of [addInit, addDeploy, addInvoke, addExecution, addFunction, addRunner, addAccount, addApi])
  add(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
}
