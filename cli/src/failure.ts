import { ProblemError } from "@pulse/schema/problem";
import type pc from "picocolors";
import { exitCodeOf } from "./exit-codes.ts";
import { Interrupted } from "./interrupt.ts";
import type { Messages } from "./messages/en.ts";
import { fill } from "./messages/say.ts";
import { UsageError } from "./usage.ts";

/** How failures are told. */
export interface Voice {
  json: boolean;
  colours: ReturnType<typeof pc.createColors>;
  messages: Messages;
  gateway: string;
  /** The `--timeout` that was given. */
  timeout: string | null;
}

/** Sets the exit code and says on stderr what went wrong, why, and what to try; with `--json` as one problem document. */
export function fail(voice: Voice, error: unknown): void {
  process.exitCode = exitCodeOf(error);
  if (error instanceof Interrupted) return;
  process.stderr.write(voice.json ? `${JSON.stringify(documentOf(voice, error))}\n` : textOf(voice, error));
}

function documentOf(voice: Voice, error: unknown): Record<string, unknown> {
  if (error instanceof ProblemError) return { ...error.toDocument(), ...error.extras.members };
  if (error instanceof UsageError) return error.toDocument();
  const code = isTimeout(error) ? "timed_out" : "internal";
  return {
    type: `urn:pulse:problem:${code}`,
    title: messageOf(voice, error),
    code,
    detail: messageOf(voice, error),
  };
}

function textOf(voice: Voice, error: unknown): string {
  const { colours, messages } = voice;
  const lines = [`${colours.red("✗")} ${messageOf(voice, error)}`];
  const hints: string[] = [];
  if (error instanceof UsageError && error.hint !== undefined) hints.push(error.hint);
  if (error instanceof ProblemError) {
    const { errors = [], hint, members = {} } = error.extras;
    for (const { pointer, detail } of errors) lines.push(`  ${pointer}: ${detail}`);
    if (typeof members.log === "string" && members.log !== "") lines.push(members.log.replace(/^/gm, "  │ "));
    if (hint !== undefined) hints.push(hint);
    if (error.status === 401) hints.push(messages.tryLogin);
    if (members.unreachable === true) hints.push(messages.tryStart);
    lines.push(...hints.map((one) => `→ ${one}`));
    if (typeof members.requestId === "string")
      lines.push(colours.dim(`${messages.requestId} ${members.requestId}`));
  } else lines.push(...hints.map((one) => `→ ${one}`));
  return `${lines.join("\n")}\n`;
}

/** What went wrong, in the user's language where the words are ours. */
export function messageOf({ messages, gateway, timeout }: Voice, error: unknown): string {
  if (error instanceof ProblemError && error.extras.members?.unreachable === true)
    return fill(messages.unreachable, { gateway });
  if (isTimeout(error)) return fill(messages.tookTooLong, { timeout: timeout ?? "" });
  return error instanceof Error ? error.message : String(error);
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}
