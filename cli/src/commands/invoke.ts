import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { readProblem } from "@pulse/schema/client";
import type { ProblemError } from "@pulse/schema/problem";
import type { Command } from "commander";
import { exitCodeOf, exitCodes } from "../exit-codes.ts";
import { fail } from "../failure.ts";
import type { Messages } from "../messages/en.ts";
import { fill } from "../messages/say.ts";
import { run, type Session } from "../session.ts";
import { UsageError } from "../usage.ts";
import { callOfFlags } from "./call-of-flags.ts";
import { withNearestFunction } from "./nearest-function.ts";
import { savedCallOf } from "./saved-input.ts";
import { writeBody } from "./write-body.ts";

interface InvokeFlags {
  saved?: string;
  data?: string;
  entry?: string[];
  /** Absent: that of the saved input, else POST. */
  method?: string;
  path?: string;
  header?: string[];
  async?: boolean;
  wait?: string;
  delay?: string;
  at?: string;
  idempotencyKey?: string;
}

/** Adds `invoke`: the response body goes to stdout as it is, a summary to stderr. */
export function addInvoke(program: Command): void {
  const collect = (value: string, all: string[] = []) => [...all, value];
  program
    .command("invoke <function>")
    .description("call a function: name, name@3 or name@alias")
    .option("--saved <input>", "the call of an input that you keep; what is given beside it comes first")
    .option("-d, --data <json>", "the body: text, @file or @- for stdin")
    .option("-e, --entry <key=value>", "a field of a JSON body (repeatable)", collect)
    .option("-X, --method <method>", "HTTP method (default POST)")
    .option("--path <path>", "sub-path and query, such as /a?x=1")
    .option("-H, --header <name:value>", "a request header (repeatable)", collect)
    .option("--async", "answer once it is accepted")
    .option("--wait <seconds>", "wait at most this long, then go on in the background")
    .option("--delay <duration>", "start so much later; answers once it is accepted")
    .option("--at <time>", "start at this time, RFC 3339; answers once it is accepted")
    .option("--idempotency-key <key>", "same key and same request: same execution")
    .action(
      run(async (session, command) => {
        const name = command.args[0] ?? "";
        await withNearestFunction(session, name, () => invoke(session, name, command.opts<InvokeFlags>()));
      }),
    );
}

async function invoke(session: Session, name: string, flags: InvokeFlags): Promise<void> {
  const { gateway, signal, messages } = session;
  const saved = flags.saved === undefined ? null : await savedCallOf(session, name, flags.saved);
  const body = await bodyOf(flags, messages);
  const call = callOfFlags({ ...flags, body }, saved, messages);
  addOptions(call.headers, flags, messages);
  const response = await session.fetch(`${gateway}/f/${name}${call.path}`, {
    ...{ method: call.method, headers: call.headers, signal },
    ...(call.body === undefined ? {} : { body: call.body }),
  });
  const execution = response.headers.get("pulse-execution-id");
  const isProblem = response.headers.get("content-type")?.startsWith("application/problem+json");
  // A function may answer with a problem document of its own; the platform's say so.
  if (isProblem && response.headers.get("pulse-error-source") !== null) {
    const problem = await readProblem(response);
    if (execution === null) throw problem;
    fail(session, problem);
    process.exitCode = exitCodeOfCall(problem);
    session.line(session.colours.dim(`  pulse logs ${execution}`));
    return;
  }
  if (isProblem && execution === null) throw await readProblem(response);
  await writeBody(response, process.stdout, session.json);
  const line = `${response.ok ? "✓" : "✗"} ${name} ${summary(response)} · ${execution ?? ""}`;
  session.line(session.colours.dim(line));
  if (response.status >= 400) process.exitCode = exitCodes.failed;
}

/** The exit code of a call that was recorded and did not end well. */
function exitCodeOfCall(problem: ProblemError): number {
  const code = exitCodeOf(problem);
  const isEnd = code === exitCodes.timedOut || code === exitCodes.cancelled || problem.status < 500;
  return isEnd ? code : exitCodes.failed;
}

/** The body that flags say; undefined: none of them does. */
async function bodyOf({ data, entry }: InvokeFlags, messages: Messages): Promise<string | undefined> {
  if (data === "@-") return text(process.stdin);
  if (data?.startsWith("@")) return readText(data.slice(1), messages);
  if (data !== undefined) return data;
  if (entry === undefined) return undefined;
  const pairs = entry.map((pair) => {
    const at = pair.indexOf("=");
    if (at < 1) throw new UsageError(fill(messages.badEntry, { given: JSON.stringify(pair) }));
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
  return JSON.stringify(Object.fromEntries(pairs));
}

function readText(path: string, messages: Messages): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new UsageError(fill(messages.cannotRead, { path }));
  }
}

/** Adds the headers that say how the call is run. */
function addOptions(headers: Headers, flags: InvokeFlags, messages: Messages): void {
  if (flags.wait !== undefined && !/^\d+$/.test(flags.wait))
    throw new UsageError(fill(messages.badWait, { given: JSON.stringify(flags.wait) }));
  if (flags.async) headers.set("prefer", "respond-async");
  if (flags.wait !== undefined) headers.set("prefer", `wait=${flags.wait}`);
  if (flags.delay !== undefined) headers.set("pulse-delay", flags.delay);
  if (flags.at !== undefined) headers.set("pulse-run-at", flags.at);
  if (flags.idempotencyKey !== undefined) headers.set("idempotency-key", flags.idempotencyKey);
}

function summary(response: Response): string {
  const version = response.headers.get("pulse-version");
  const parts = [...(response.headers.get("server-timing") ?? "").matchAll(/(\w+);dur=([\d.]+)/g)].map(
    ([, name, ms]) => [name, Math.round(Number(ms))] as const,
  );
  const total = parts.reduce((sum, [, ms]) => sum + ms, 0);
  const split =
    parts.length === 0 ? "" : ` · ${total} ms (${parts.map(([name, ms]) => `${name} ${ms}`).join(", ")})`;
  return `${version === null ? "" : `v${version} · `}${response.status}${split}`;
}
