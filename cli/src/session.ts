import { type Client, createClient } from "@pulse/schema/client";
import { formatDuration } from "@pulse/schema/duration-text";
import type { Command } from "commander";
import pc from "picocolors";
import { callerOf } from "./caller.ts";
import { fail, type Voice } from "./failure.ts";
import { type GlobalFlags, isColoured, timeoutOf } from "./global-flags.ts";
import { interrupted } from "./interrupt.ts";
import type { Messages } from "./messages/en.ts";
import { fill, messagesFor } from "./messages/say.ts";
import { findProfile, type Profile } from "./profile.ts";
import { UsageError } from "./usage.ts";

/** What every command works with: where to call, how to speak. stdout is the answer, stderr everything else. */
export interface Session extends Voice {
  profile: Profile;
  client: Client;
  /** `fetch` with the profile's key; also what `client` sends with. */
  fetch: typeof fetch;
  /** Aborts at a signal, and when `--timeout` has passed. */
  signal: AbortSignal;
  messages: Messages;
  /** The answer: one JSON document with `--json`, else the text. */
  answer(value: unknown, text: () => string): void;
  /** News, on stderr; not with `--quiet` or `--json`. */
  note(key: keyof Messages, values?: Record<string, string | number>): void;
  /** A raw line on stderr; not with `--quiet` or `--json`. */
  line(text: string): void;
}

/** The session of a command, from the flags before it. Throws `UsageError` for a bad one. */
export function sessionOf(command: Command): Session {
  const flags = command.optsWithGlobals<GlobalFlags>();
  const { env } = process;
  const messages = messagesFor(env, flags.lang);
  const timeoutMs = timeoutOf(flags.timeout, messages);
  if (flags.cwd !== undefined) enter(flags.cwd, messages);
  const profile = findProfile(
    { ...flags, isNewAllowed: command.name() === "login" },
    env,
    process.cwd(),
    messages,
  );
  const json = flags.json === true;
  const colours = pc.createColors(isColoured(flags, env, process.stderr));
  const quiet = json || flags.quiet === true;
  const trace = (line: string) => void process.stderr.write(`${colours.dim(line)}\n`);
  const send = callerOf(profile, flags.trace === true ? trace : null);
  return {
    profile,
    gateway: profile.gateway,
    timeout: timeoutMs === null ? null : formatDuration(timeoutMs),
    json,
    messages,
    colours,
    signal: timeoutMs === null ? interrupted : AbortSignal.any([interrupted, AbortSignal.timeout(timeoutMs)]),
    fetch: send,
    client: createClient({ baseUrl: profile.gateway, fetch: send }),
    answer(value, text) {
      const out = json ? JSON.stringify(value) : text();
      if (out !== "") process.stdout.write(out.endsWith("\n") ? out : `${out}\n`);
    },
    note(key, values = {}) {
      if (!quiet) process.stderr.write(`${colours.green("✓")} ${fill(messages[key], values)}\n`);
    },
    line(text) {
      if (!quiet) process.stderr.write(`${text}\n`);
    },
  };
}

function enter(dir: string, messages: Messages): void {
  try {
    process.chdir(dir);
  } catch {
    throw new UsageError(fill(messages.noFolder, { dir }));
  }
}

/** Wraps a command's work: errors become their text on stderr and their exit code. */
export function run(
  work: (session: Session, command: Command) => Promise<void>,
): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    const command = args.at(-1) as Command;
    let voice: Voice = voiceOf(command);
    try {
      const session = sessionOf(command);
      voice = session;
      await work(session, command);
    } catch (error) {
      fail(voice, interrupted.aborted ? interrupted.reason : error);
    }
  };
}

/** How to speak before anything else is known. */
export function voiceOf(command: Command): Voice {
  const flags = command.optsWithGlobals<GlobalFlags>();
  return {
    json: flags.json === true,
    colours: pc.createColors(isColoured(flags, process.env, process.stderr)),
    messages: messagesFor(process.env, flags.lang),
    gateway: flags.gateway ?? "",
    timeout: null,
  };
}
