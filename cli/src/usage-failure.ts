import type { CommanderError } from "commander";
import pc from "picocolors";
import { exitCodes } from "./exit-codes.ts";
import { fail } from "./failure.ts";
import { isColoured } from "./global-flags.ts";
import type { Messages } from "./messages/en.ts";
import { fill, messagesFor } from "./messages/say.ts";
import { UsageError } from "./usage.ts";

const texts: Record<string, keyof Messages> = {
  "commander.unknownCommand": "unknownCommand",
  "commander.unknownOption": "unknownFlag",
  "commander.missingArgument": "missingArgument",
  "commander.optionMissingArgument": "flagNeedsValue",
  "commander.missingMandatoryOptionValue": "missingFlag",
  "commander.excessArguments": "tooManyArguments",
  "commander.invalidArgument": "badFlagValue",
};

/** Says what was typed wrong, with the nearest right word; asked-for help is no failure. `args` are all words after `pulse`. */
export function failUsage(error: CommanderError, args: readonly string[]): void {
  process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  // Help was printed already.
  if (error.exitCode === 0 || error.code === "commander.help") return;
  // The flags were not all read when it broke off.
  const own = args.includes("--") ? args.slice(0, args.indexOf("--")) : args;
  const messages = messagesFor(process.env, languageFlagIn(args));
  const colour = isColoured({ color: !own.includes("--no-color") }, process.env, process.stderr);
  const voice = {
    json: own.includes("--json"),
    colours: pc.createColors(colour),
    messages,
    gateway: "",
    timeout: null,
  };
  fail(voice, usageErrorOf(error, messages));
}

/** What `--lang` says among words that are not parsed yet. */
export function languageFlagIn(args: readonly string[]): string | undefined {
  const own = args.includes("--") ? args.slice(0, args.indexOf("--")) : args;
  return own.flatMap((word, i) =>
    word === "--lang" ? (own[i + 1] ?? []) : (/^--lang=(.*)$/.exec(word)?.[1] ?? []),
  )[0];
}

/** A parser's error in our words. */
export function usageErrorOf(
  { code, message }: Pick<CommanderError, "code" | "message">,
  messages: Messages,
): UsageError {
  const [first = "", second] = message.replace(/^error: /, "").split("\n");
  const [name = "", value = "", choices = ""] = [
    ...[...first.matchAll(/'([^']*)'/g)].map(([, quoted]) => quoted),
  ].concat(/Allowed choices are (.*)\.$/.exec(first)?.[1] ?? []);
  const key = texts[code];
  const text = key === undefined ? first : fill(messages[key], { name, value, choices });
  const near = /Did you mean (?:one of )?(.*)\?\)/.exec(second ?? "")?.[1];
  return new UsageError(text, near === undefined ? undefined : fill(messages.didYouMean, { name: near }));
}
