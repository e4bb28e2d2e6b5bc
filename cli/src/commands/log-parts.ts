import { findLogLines, type LogLinesView, readLogLines } from "@pulse/schema/wire/log-lines";
import type { Command } from "commander";
import { fill } from "../messages/say.ts";
import type { Session } from "../session.ts";
import { UsageError } from "../usage.ts";

/** Which lines of a log are wanted. */
export interface LogParts {
  lines?: string;
  tail?: string;
  find?: string;
}

/** Lines from one number to another, both included; negative: from the end. */
export interface LineRange {
  from: number;
  to: number;
}

/** Adds `--lines`, `--tail` and `--find` to a command that prints a log. */
export function withLogParts(command: Command): Command {
  return command
    .option("--lines <from-to>", "these lines, such as 100-200")
    .option("--tail <n>", "the last lines, so many")
    .option("--find <text>", "lines with this text, whatever its case, by number; the gateway searches");
}

/** Whether a part is asked for, and not the whole log. */
export function meansPart({ lines, tail, find }: LogParts): boolean {
  return lines !== undefined || tail !== undefined || find !== undefined;
}

/** `100-200`, `100-` or `100` (that one); null: it is none of these. */
export function readLineRange(text: string): LineRange | null {
  const [, first, dash, last] = /^([1-9]\d{0,11})(?:(-)([1-9]\d{0,11})?)?$/.exec(text) ?? [];
  if (first === undefined) return null;
  const from = Number(first);
  const to = dash === undefined ? from : last === undefined ? Number.POSITIVE_INFINITY : Number(last);
  return to < from ? null : { from, to };
}

/** Prints a part of an execution's log: NDJSON with `--json`, else as the whole log is printed; hits with their numbers. Throws `UsageError`. */
export async function printLogParts(session: Session, id: string, parts: LogParts): Promise<void> {
  const { messages } = session;
  if (Object.values(parts).filter((one) => one !== undefined).length > 1)
    throw new UsageError(messages.oneLogPart);
  if (parts.find !== undefined) return await printFound(session, id, parts.find);
  const { lines = "", tail } = parts;
  if (tail !== undefined) {
    if (!/^[1-9]\d{0,11}$/.test(tail))
      throw new UsageError(fill(messages.badTail, { given: JSON.stringify(tail) }));
    return await printLines(session, id, { from: -Number(tail), to: Number.POSITIVE_INFINITY });
  }
  const range = readLineRange(lines);
  if (range === null) throw new UsageError(fill(messages.badLines, { given: JSON.stringify(lines) }));
  await printLines(session, id, range);
}

async function printLines(session: Session, id: string, { from, to }: LineRange): Promise<void> {
  const { client, signal } = session;
  for (let next = from; ; ) {
    const answer: LogLinesView = await client.call(readLogLines, {
      params: { id },
      query: { from: next, count: 2000 },
      signal,
    });
    const wanted = answer.items.filter(({ line }) => line <= to);
    for (const item of wanted) writeLine(session, item, `${item.time} ${item.stream} ${item.text}`);
    const last = answer.items.at(-1);
    if (last === undefined || last.line >= Math.min(to, answer.total)) return;
    next = last.line + 1;
  }
}

async function printFound({ client, signal, ...session }: Session, id: string, text: string): Promise<void> {
  for (let from: number | null = 1; from !== null; ) {
    const query: { text: string; from: number } = { text, from };
    const answer: { items: { line: number; text: string }[]; next: number | null } = await client.call(
      findLogLines,
      { params: { id }, query, signal },
    );
    for (const item of answer.items) writeLine(session, item, `${item.line}: ${item.text}`);
    from = answer.next;
  }
}

function writeLine({ json }: Pick<Session, "json">, item: unknown, text: string): void {
  process.stdout.write(`${json ? JSON.stringify(item) : text}\n`);
}
