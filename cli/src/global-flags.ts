import { parseDuration } from "@pulse/schema/duration-text";
import { pulseVersion } from "@pulse/schema/version";
import { type Command, Option } from "commander";
import type { Messages } from "./messages/en.ts";
import { fill } from "./messages/say.ts";
import { UsageError } from "./usage.ts";

/** The flags that every command takes. */
export interface GlobalFlags {
  cwd?: string;
  profile?: string;
  gateway?: string;
  keyFile?: string;
  project?: string;
  json?: boolean;
  quiet?: boolean;
  color?: boolean;
  lang?: string;
  timeout?: string;
  trace?: boolean;
}

/** Adds the flags that every command takes; they may stand before or after the command. */
export function addGlobalFlags(program: Command): void {
  program
    .version(pulseVersion, "-V, --version", "the version of this CLI")
    .option("-C, --cwd <dir>", "work as if started in this folder")
    .option("-p, --profile <name>", "a kept gateway and key (PULSE_PROFILE)")
    .option("--gateway <url>", "the gateway to call (PULSE_GATEWAY)")
    .option("--key-file <file>", "a file with the API key (PULSE_KEY is the key itself)")
    .option("--project <name>", "the project, for people and keys that may use several (PULSE_PROJECT)")
    .option("--json", "one JSON document on stdout, NDJSON where it streams")
    .option("-q, --quiet", "no news on stderr")
    .option("--timeout <duration>", "give up after this long, such as 30s")
    .option("--trace", "each request and answer on stderr, without credentials")
    .option("--no-color", "no colour (NO_COLOR)")
    .addOption(new Option("--lang <language>", "the language of texts (PULSE_LANG)").choices(["en", "es"]))
    .helpOption("-h, --help", "help for a command");
}

/** `--timeout` in milliseconds; null without it. Throws `UsageError`. */
export function timeoutOf(given: string | undefined, messages: Messages): number | null {
  if (given === undefined) return null;
  const ms = parseDuration(given);
  if (ms === null || ms < 1 || ms > 2 ** 31 - 1)
    throw new UsageError(fill(messages.badDuration, { flag: "--timeout", given: JSON.stringify(given) }));
  return ms;
}

/** Whether a stream gets colours: `--no-color`, then `NO_COLOR`, `FORCE_COLOR`, then whether a terminal that knows them is there. */
export function isColoured(
  { color }: GlobalFlags,
  env: Readonly<Record<string, string | undefined>>,
  stream: { isTTY?: boolean },
): boolean {
  if (color === false || env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== "0";
  return stream.isTTY === true && env.TERM !== "dumb";
}
