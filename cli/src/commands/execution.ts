import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/executions";
import { getFunction } from "@pulse/schema/wire/functions";
import type { Command } from "commander";
import { exitCodeOfStatus } from "../exit-codes.ts";
import { fill } from "../messages/say.ts";
import { run, type Session } from "../session.ts";
import { table } from "../table.ts";
import { UsageError } from "../usage.ts";
import { actOnMany, type ManyOptions, meansMany, withMany } from "./bulk.ts";
import { addExecutionDiff } from "./execution-diff.ts";
import { addExecutionRerun, type PartOptions, partOf, versionOf, withPart } from "./execution-rerun.ts";
import { type LogParts, meansPart, printLogParts, withLogParts } from "./log-parts.ts";
import { withNearestFunction } from "./nearest-function.ts";
import { printStepLogs } from "./step-logs.ts";
import { awaitRun } from "./workflow-follow.ts";

/** Prints an execution's log; follows it to its end when asked. */
async function printLogs(session: Session, id: string, follow: boolean): Promise<void> {
  const accept = session.json ? "application/x-ndjson" : "text/plain";
  const query = follow ? { follow: "true" as const } : {};
  const response = await session.client.open(wire.getLogs, {
    params: { id },
    query,
    headers: { accept },
    signal: session.signal,
  });
  for await (const chunk of response.body ?? []) process.stdout.write(chunk);
}

/** The execution that an argument names: an id, or the newest one of a function. Throws `not_found`. */
async function idOf(session: Session, text: string): Promise<string> {
  if (text.startsWith("exe_")) return text;
  const { client, signal, messages } = session;
  const { items } = await client.call(wire.listExecutions, { query: { name: text, limit: 1 }, signal });
  const [newest] = items;
  if (newest !== undefined) return newest.id;
  await withNearestFunction(session, text, () =>
    client.call(getFunction, { params: { name: text }, signal }),
  );
  throw new ProblemError("not_found", fill(messages.neverRan, { name: text }));
}

/** Adds `logs` and `execution list|get|logs|cancel|replay|rerun|diff`. */
export function addExecution(program: Command): void {
  const group = program.command("execution").alias("executions").description("what ran and what runs");
  for (const parent of [program, group]) {
    withLogParts(
      parent
        .command("logs <execution-or-function>")
        .description("log lines of an execution, or of a function's newest")
        .option("-f, --follow", "until it ends")
        .option(
          "--step <name>",
          "of a workflow's run: this step on all its targets, each line after its host",
        ),
    ).action(
      run(async (session, command) => {
        const id = await idOf(session, command.args[0] ?? "");
        const options = command.opts<LogParts & { follow?: boolean; step?: string }>();
        const { follow = false, step, ...parts } = options;
        if (step !== undefined && meansPart(parts)) throw new UsageError(session.messages.stepWhole);
        if (step !== undefined) await printStepLogs(session, id, step, follow);
        else if (meansPart(parts)) await printLogParts(session, id, parts);
        else await printLogs(session, id, follow);
      }),
    );
  }
  group
    .command("list [filter...]")
    .description("executions, newest first; such as: list status:failed fn:resize since:2h")
    .option("--filter <filter>", "such as 'status:failed fn:resize runner:pi-* since:2h'")
    .option("--name <function>", "of this function")
    .option("--status <list>", "comma-separated, such as failed,dead")
    .option("--kind <list>", "comma-separated: function, build, command, workflow")
    .option("--limit <n>", "at most 200", "20")
    .option("--cursor <cursor>", "where the page before ended: its nextCursor")
    .action(
      run(async ({ client, answer, messages, signal }, command) => {
        const { filter, ...flags } = command.opts<ListOptions>();
        const words = [...(filter === undefined ? [] : [filter]), ...command.args].join(" ");
        const query = { ...flags, ...(words === "" ? {} : { filter: words }) };
        const list = await client.call(wire.listExecutions, { query: query as never, signal });
        const rows = list.items.map((one) => [
          ...[one.id, one.name, one.status, one.reason ?? plannedFor(one), one.createdAt],
        ]);
        answer(list, () =>
          rows.length === 0 ? messages.none : table([["ID", "NAME", "STATUS", "REASON", "CREATED"], ...rows]),
        );
      }),
    );
  group
    .command("get <id>")
    .description("one execution")
    .action(
      run(async ({ client, answer, signal }, { args }) => {
        const one = await client.call(wire.getExecution, { params: { id: args[0] ?? "" }, signal });
        answer(one, () => JSON.stringify(one, null, 2));
      }),
    );
  withMany(group.command("cancel [id]").description("cancel what waits or runs, one or many")).action(
    run(async (session, command) => {
      const [id] = command.args;
      const options = command.opts<ManyOptions>();
      if (meansMany(session, id, options)) return await actOnMany(session, "cancel", options);
      const { client, answer, note, signal } = session;
      const one = await client.call(wire.cancelExecution, { params: { id: id ?? "" }, signal });
      note("cancelled", { name: one.id, status: one.status });
      answer(one, () => "");
    }),
  );
  withPart(withMany(group.command("replay [id]").description("run it again as a new execution, one or many")))
    .option("--key <text>", "of many: repeated with it, nothing is run again twice")
    .option("--on-version <version>", "on another version or alias")
    .option("--detach", "do not wait for its end")
    .action(
      run(async (session, command) => {
        const [id] = command.args;
        const options = command.opts<ManyOptions & ReplayOptions>();
        if (meansMany(session, id, options)) await actOnMany(session, "replay", options);
        else await replayOne(session, id ?? "", options);
      }),
    );
  addExecutionRerun(group);
  addExecutionDiff(group);
}

/** When what was put off begins; nothing for what only waits its turn. */
function plannedFor({ runAt, createdAt }: wire.ExecutionView): string {
  return runAt !== null && Date.parse(runAt) > Math.max(Date.now(), Date.parse(createdAt))
    ? `from ${runAt}`
    : "";
}

interface ListOptions {
  filter?: string;
  name?: string;
  status?: string;
  kind?: string;
  limit?: string;
  cursor?: string;
}

interface ReplayOptions extends PartOptions {
  onVersion?: string;
  detach?: boolean;
}

/** Replays one execution; shows its log and exits as it ended, unless it is detached. */
async function replayOne(
  session: Session,
  id: string,
  { onVersion, detach, ...part }: ReplayOptions,
): Promise<void> {
  const { client, signal } = session;
  const body = { ...versionOf(onVersion), ...partOf(part) };
  const made = await client.call(wire.replayExecution, { params: { id }, body, signal });
  session.answer(made, () => made.id);
  if (detach) return;
  const { kind } = await client.call(wire.getExecution, { params: { id: made.id }, signal });
  if (kind === "workflow") {
    process.exitCode = exitCodeOfStatus((await awaitRun(session, made.id)).status);
    return;
  }
  const follow = { follow: "true" as const };
  const logs = await client.open(wire.getLogs, {
    params: { id: made.id },
    query: follow,
    headers: { accept: "text/plain" },
    signal,
  });
  for await (const chunk of logs.body ?? []) process.stderr.write(chunk);
  const ended = await client.call(wire.getExecution, { params: { id: made.id }, signal });
  process.exitCode = exitCodeOfStatus(ended.status);
}
