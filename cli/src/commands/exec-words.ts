import { readFileSync } from "node:fs";
import type { DirectCommand } from "@pulse/schema/wire/commands";
import type { Messages } from "../messages/en.ts";
import { fill } from "../messages/say.ts";
import { UsageError } from "../usage.ts";

/** The flags of `pulse exec` that say what is run and how. */
export interface ExecOptions {
  script?: string;
  ref?: string;
  arg: string[];
  env: string[];
  in?: string;
  user?: string;
  shell?: string;
  batch?: string;
  maxFailures?: string;
}

/** One word is a line for the shell as it is; several arrive as the words they are. */
export function lineOf(words: readonly string[]): string {
  return words.length === 1 ? (words[0] ?? "") : words.map(quoted).join(" ");
}

/** What is asked of the gateway. Throws `UsageError`. */
export function commandOf(
  targets: string,
  words: readonly string[],
  options: ExecOptions,
  timeoutMs: number | null,
  messages: Messages,
): DirectCommand {
  const { script, ref, arg, env, user, shell, batch, maxFailures } = options;
  const ways = [words.length > 0, script !== undefined, ref !== undefined].filter(Boolean).length;
  if (ways !== 1) throw new UsageError(messages.execOneWay, messages.execForm);
  if (arg.length > 0 && ref === undefined) throw new UsageError(messages.execArgs);
  const strategy = {
    ...(batch === undefined ? {} : { mode: "rolling" as const, batch: amountOf(batch, "--batch", messages) }),
    ...(maxFailures === undefined ? {} : { maxFailures: amountOf(maxFailures, "--max-failures", messages) }),
  };
  return {
    targets: Object.keys(strategy).length === 0 ? [targets] : { select: [targets], strategy },
    ...(words.length === 0 ? {} : { command: lineOf(words) }),
    ...(script === undefined ? {} : { script: textOf(script, messages) }),
    ...(ref === undefined ? {} : { commandRef: ref }),
    ...(arg.length === 0 ? {} : { args: pairsOf(arg, "--arg", messages, scalarOf) }),
    ...(env.length === 0 ? {} : { env: pairsOf(env, "--env", messages, (text) => text) }),
    ...(options.in === undefined ? {} : { cwd: options.in }),
    ...(user === undefined ? {} : { user }),
    ...(shell === undefined ? {} : { shell }),
    ...(timeoutMs === null ? {} : { timeoutMs }),
  };
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function textOf(file: string, messages: Messages): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch {
    throw new UsageError(fill(messages.noFile, { file }));
  }
}

function pairsOf<T>(
  given: readonly string[],
  flag: string,
  messages: Messages,
  read: (text: string) => T,
): Record<string, T> {
  const pairs = given.map((one): [string, T] => {
    const at = one.indexOf("=");
    if (at < 1) throw new UsageError(fill(messages.badPair, { flag, given: JSON.stringify(one) }));
    return [one.slice(0, at), read(one.slice(at + 1))];
  });
  return Object.fromEntries(pairs);
}

/** Numbers, true, false and null are what they say; anything else is text. */
function scalarOf(text: string): string | number | boolean | null {
  if (!/^(true|false|null|-?(0|[1-9]\d{0,14})(\.\d+)?)$/.test(text)) return text;
  return JSON.parse(text) as number | boolean | null;
}

function amountOf(text: string, flag: string, messages: Messages): number | string {
  if (!/^\d{1,5}%?$/.test(text))
    throw new UsageError(fill(messages.badAmount, { flag, given: JSON.stringify(text) }));
  return text.endsWith("%") ? text : Number(text);
}
