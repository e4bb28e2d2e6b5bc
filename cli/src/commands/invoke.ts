import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { readProblem } from "@pulse/schema/client";
import { ProblemError } from "@pulse/schema/problem";
import type { Command } from "commander";
import { exitCodes } from "../exit-codes.ts";
import { fail, run } from "../session.ts";

interface InvokeFlags {
  data?: string;
  entry?: string[];
  method: string;
  path?: string;
  header?: string[];
  async?: boolean;
  wait?: string;
  idempotencyKey?: string;
}

async function bodyOf({ data, entry, method }: InvokeFlags): Promise<string | undefined> {
  if (data === "@-") return text(process.stdin);
  if (data?.startsWith("@")) return readFileSync(data.slice(1), "utf8");
  if (data !== undefined) return data;
  if (entry !== undefined) {
    const pairs = entry.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1)
        throw new ProblemError("validation_failed", `-e takes key=value, got ${JSON.stringify(pair)}`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    });
    return JSON.stringify(Object.fromEntries(pairs));
  }
  return method === "GET" || method === "HEAD" ? undefined : "{}";
}

/** Adds `invoke`: the response body goes to stdout as it is, a summary to stderr. */
export function addInvoke(program: Command): void {
  const collect = (value: string, all: string[] = []) => [...all, value];
  program
    .command("invoke <function>")
    .description("call a function: name, name@3 or name@alias")
    .option("-d, --data <json>", "the body: text, @file or @- for stdin")
    .option("-e, --entry <key=value>", "a field of a JSON body (repeatable)", collect)
    .option("-X, --method <method>", "HTTP method", "POST")
    .option("--path <path>", "sub-path and query, such as /a?x=1")
    .option("-H, --header <name:value>", "a request header (repeatable)", collect)
    .option("--async", "answer once it is accepted")
    .option("--wait <seconds>", "wait at most this long, then go on in the background")
    .option("--idempotency-key <key>", "same key and same request: same execution")
    .action(
      run(async (session, command) => {
        const flags = command.opts<InvokeFlags>();
        const body = await bodyOf(flags);
        const headers = new Headers(body === undefined ? {} : { "content-type": "application/json" });
        for (const header of flags.header ?? [])
          headers.set(header.slice(0, header.indexOf(":")), header.slice(header.indexOf(":") + 1).trim());
        if (flags.async) headers.set("prefer", "respond-async");
        if (flags.wait !== undefined) headers.set("prefer", `wait=${flags.wait}`);
        if (flags.idempotencyKey !== undefined) headers.set("idempotency-key", flags.idempotencyKey);
        const { gateway, key } = session.profile;
        if (key !== null) headers.set("authorization", `Bearer ${key}`);
        const url = `${gateway}/f/${command.args[0]}${flags.path ?? ""}`;
        const init = {
          method: flags.method,
          headers,
          signal: session.signal,
          ...(body === undefined ? {} : { body }),
        };
        const response = await fetch(url, init).catch((cause: unknown) => {
          throw new ProblemError("unavailable", `the gateway at ${gateway} could not be reached`, {
            cause,
            members: { unreachable: true },
          });
        });
        const execution = response.headers.get("pulse-execution-id");
        if (response.headers.get("content-type")?.startsWith("application/problem+json")) {
          const problem = await readProblem(response);
          fail(session, problem);
          if (execution !== null) {
            const ended =
              problem.code === "timed_out"
                ? exitCodes.timedOut
                : problem.status >= 500
                  ? exitCodes.failed
                  : process.exitCode;
            process.exitCode = ended ?? exitCodes.failed;
            session.line(session.colours.dim(`  pulse logs ${execution}`));
          }
          return;
        }
        for await (const chunk of response.body ?? []) process.stdout.write(chunk);
        if (process.stdout.isTTY) process.stdout.write("\n");
        session.line(
          session.colours.dim(
            `${response.ok ? "✓" : "✗"} ${command.args[0]} ${summary(response)} · ${execution ?? ""}`,
          ),
        );
        if (response.status >= 400) process.exitCode = exitCodes.failed;
      }),
    );
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
