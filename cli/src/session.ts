import { type Client, createClient } from "@pulse/schema/client";
import { ProblemError } from "@pulse/schema/problem";
import type { Command } from "commander";
import pc from "picocolors";
import { exitCodeOf } from "./exit-codes.ts";
import type { Messages } from "./messages/en.ts";
import { fill, messagesFor } from "./messages/say.ts";
import { findProfile, type Profile } from "./profile.ts";

/** What every command works with: where to call, how to speak. stdout is the answer, stderr everything else. */
export interface Session {
  profile: Profile;
  client: Client;
  json: boolean;
  signal: AbortSignal;
  messages: Messages;
  colours: ReturnType<typeof pc.createColors>;
  /** The answer: one JSON document with `--json`, else the text. */
  answer(value: unknown, text: () => string): void;
  /** News, on stderr; not with `--quiet` or `--json`. */
  note(key: keyof Messages, values?: Record<string, string | number>): void;
  /** A raw line on stderr. */
  line(text: string): void;
}

const interrupt = new AbortController();
process.on("SIGINT", () => {
  interrupt.abort();
  process.exitCode = 130;
  setTimeout(() => process.exit(130), 1000).unref();
});

/** The session of a command, from the flags before it. */
export function sessionOf(command: Command): Session {
  const flags = command.optsWithGlobals<{
    gateway?: string;
    keyFile?: string;
    json?: boolean;
    quiet?: boolean;
    color?: boolean;
  }>();
  const profile = findProfile(flags, process.env, process.cwd());
  const messages = messagesFor(process.env);
  const json = flags.json === true;
  const colour =
    flags.color !== false &&
    !process.env.NO_COLOR &&
    process.env.TERM !== "dumb" &&
    (process.stderr.isTTY || Boolean(process.env.FORCE_COLOR));
  const colours = pc.createColors(Boolean(colour));
  const quiet = json || flags.quiet === true;
  return {
    profile,
    json,
    messages,
    colours,
    signal: interrupt.signal,
    client: createClient({
      baseUrl: profile.gateway,
      headers: (): Record<string, string> =>
        profile.key === null ? {} : { authorization: `Bearer ${profile.key}` },
    }),
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

/** Wraps a command's work: errors become their text on stderr and their exit code. */
export function run(
  work: (session: Session, command: Command) => Promise<void>,
): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    const command = args.at(-1) as Command;
    const session = sessionOf(command);
    try {
      await work(session, command);
    } catch (error) {
      if (interrupt.signal.aborted) return;
      fail(session, error);
    }
  };
}

/** Says what went wrong, why, and what to try. */
export function fail(session: Pick<Session, "json" | "colours" | "messages">, error: unknown): void {
  process.exitCode = exitCodeOf(error);
  const { colours, messages, json } = session;
  if (!(error instanceof ProblemError)) {
    process.stderr.write(`${colours.red("✗")} ${error instanceof Error ? error.message : String(error)}\n`);
    return;
  }
  if (json) {
    process.stderr.write(`${JSON.stringify({ ...error.toDocument(), ...error.extras.members })}\n`);
    return;
  }
  process.stderr.write(`${colours.red("✗")} ${error.message}\n`);
  for (const { pointer, detail } of error.extras.errors ?? [])
    process.stderr.write(`  ${pointer}: ${detail}\n`);
  const { log, requestId, unreachable } = error.extras.members ?? {};
  if (typeof log === "string" && log !== "") process.stderr.write(`${log.replace(/^/gm, "  │ ")}\n`);
  if (error.extras.hint !== undefined) process.stderr.write(`→ ${error.extras.hint}\n`);
  if (error.status === 401) process.stderr.write(`→ ${messages.tryLogin}\n`);
  if (unreachable === true) process.stderr.write(`→ ${messages.tryStart}\n`);
  if (typeof requestId === "string")
    process.stderr.write(colours.dim(`${messages.requestId} ${requestId}\n`));
}

/** Rows as columns, the first row as heads. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => (row[i] ?? "").length))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
