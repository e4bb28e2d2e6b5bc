import * as wire from "@pulse/schema/wire/schedules";
import type { Command } from "commander";
import { fill } from "../messages/say.ts";
import { run, type Session } from "../session.ts";
import { table } from "../table.ts";
import { UsageError } from "../usage.ts";
import { targetOf } from "./webhook-options.ts";

const collect = (value: string, before: string[]) => [...before, value];

interface CreateOptions {
  cron?: string;
  every?: string;
  at?: string;
  timezone?: string;
  function?: string;
  workflow?: string;
  input: string[];
  overlap?: string;
  catchup?: string;
  jitter?: string;
  paused?: boolean;
}

interface NextOptions {
  cron?: string;
  every?: string;
  at?: string;
  timezone?: string;
  count?: string;
}

/** Adds `schedule list|get|create|next|ticks|pause|resume|trigger|delete`. */
export function addSchedule(program: Command): void {
  const group = program.command("schedule").description("what is started at times, and what became of it");
  group
    .command("list")
    .description("schedules, when they come, and what they start")
    .action(
      run(async ({ client, answer, messages, signal }) => {
        const list = await client.call(wire.listSchedules, { query: { limit: 200 }, signal });
        const rows = list.items.map((one) => [
          ...[one.name, timesOf(one), startsOf(one.target), one.overlap],
          one.enabled ? (one.nextAt ?? "") : pausedOf(one),
        ]);
        const head = ["NAME", "WHEN", "STARTS", "OVERLAP", "NEXT"];
        answer(list, () => (rows.length === 0 ? messages.none : table([head, ...rows])));
      }),
    );
  group
    .command("get <schedule>")
    .description("one schedule with its settings")
    .action(
      run(async ({ client, answer, signal }, { args }) => {
        const one = await client.call(wire.getSchedule, { params: { id: args[0] ?? "" }, signal });
        answer(one, () => JSON.stringify(one, null, 2));
      }),
    );
  group
    .command("create <name>")
    .description("start a function or a workflow at times")
    .option("--cron <expression>", "five fields, or six with seconds first: '0 3 * * *'")
    .option("--every <duration>", "so often, counted from now: 15m")
    .option("--at <time>", "once, RFC 3339")
    .option("--timezone <name>", "whose clock the expression means, such as Europe/Madrid; UTC unless said")
    .option("--function <name>", "the function that it starts, also name@version")
    .option("--workflow <name>", "the workflow that it starts, also name@revision")
    .option("--input <name=value>", "an input; may be repeated", collect, [])
    .option("--overlap <rule>", "skip, bufferOne, bufferAll, cancelRunning, allow; skip unless said")
    .option("--catchup <duration>", "how late a tick may start, 1h unless said")
    .option("--jitter <duration>", "start each tick up to so much later")
    .option("--paused", "begin paused")
    .action(
      run(async (session, command) => {
        const { client, answer, signal } = session;
        const body = bodyOf(session, command.args[0] ?? "", command.opts<CreateOptions>());
        const made = await client.call(wire.createSchedule, { body, signal });
        answer(made, () => [made.name, made.nextAt ?? ""].join(" ").trim());
      }),
    );
  group
    .command("next [schedule]")
    .description(
      "when it comes next, here and on its own clock; or when one with these times would, were it made",
    )
    .option("--cron <expression>", "five fields, or six with seconds first: '0 3 * * *'")
    .option("--every <duration>", "so often, counted from now: 15m")
    .option("--at <time>", "once, RFC 3339")
    .option("--timezone <name>", "whose clock the expression means, such as Europe/Madrid; UTC unless said")
    .option("--count <count>", "so many times, 10 unless said")
    .action(
      run(async (session, command) => {
        const { client, answer, signal } = session;
        const { count, ...times } = command.opts<NextOptions>();
        const [id] = command.args;
        if (id === undefined) return await preview(session, times, count);
        if (Object.keys(times).length > 0) throw new UsageError(session.messages.scNamedOrTimes);
        const params = { id };
        const query = count === undefined ? {} : { count: Number(count) };
        const { timezone } = await client.call(wire.getSchedule, { params, signal });
        const next = await client.call(wire.nextOfSchedule, { params, query, signal });
        answer(next, () => clockLines(next.items, timezone));
      }),
    );
  group
    .command("ticks <schedule>")
    .description("what became of its ticks, newest first, with the reason where nothing was started")
    .option("--status <status>", wire.tickStatuses.join(", "))
    .option("--limit <count>", "at most so many, 50 unless said")
    .action(
      run(async (session, command) => {
        const { client, answer, messages, signal } = session;
        const { status, limit } = command.opts<{ status?: string; limit?: string }>();
        const query = {
          ...(status === undefined ? {} : { status: oneOf(session, "--status", wire.tickStatuses, status) }),
          ...(limit === undefined ? {} : { limit: Number(limit) }),
        };
        const params = { id: command.args[0] ?? "" };
        const list = await client.call(wire.listTicks, { params, query, signal });
        answer(list, () => (list.items.length === 0 ? messages.none : ticksText(list.items)));
      }),
    );
  addActs(group);
}

function addActs(group: Command): void {
  group
    .command("pause <schedule>")
    .description("let it start nothing until it is resumed")
    .option("--reason <text>", "why, for whoever looks")
    .action(
      run(async ({ client, answer, signal }, command) => {
        const { reason } = command.opts<{ reason?: string }>();
        const body = { enabled: false, ...(reason === undefined ? {} : { reason }) };
        const params = { id: command.args[0] ?? "" };
        const one = await client.call(wire.changeSchedule, { params, body, signal });
        answer(one, () => pausedOf(one));
      }),
    );
  group
    .command("resume <schedule>")
    .description("let it go on; what it did not do is listed as missed")
    .action(
      run(async ({ client, answer, signal }, { args }) => {
        const params = { id: args[0] ?? "" };
        const one = await client.call(wire.changeSchedule, { params, body: { enabled: true }, signal });
        answer(one, () => one.nextAt ?? "");
      }),
    );
  group
    .command("trigger <schedule>")
    .description("run it now, paused or not")
    .option("--overlap <rule>", "another rule than its own, for this time")
    .action(
      run(async (session, command) => {
        const { client, answer, signal } = session;
        const { overlap } = command.opts<{ overlap?: string }>();
        const body =
          overlap === undefined ? {} : { overlap: oneOf(session, "--overlap", wire.overlaps, overlap) };
        const params = { id: command.args[0] ?? "" };
        const tick = await client.call(wire.triggerSchedule, { params, body, signal });
        answer(tick, () => [tick.status, tick.executionId ?? tick.reason ?? ""].join(" ").trim());
      }),
    );
  group
    .command("delete <schedule>")
    .description("delete it with its ticks; what they started stays")
    .action(
      run(async ({ client, note, signal }, { args }) => {
        const id = args[0] ?? "";
        await client.call(wire.deleteSchedule, { params: { id }, signal });
        note("deleted", { name: id });
      }),
    );
}

async function preview(
  { client, answer, messages, signal }: Session,
  times: Omit<NextOptions, "count">,
  count: string | undefined,
): Promise<void> {
  const { cron, every, at } = times;
  if ([cron, every, at].filter((one) => one !== undefined).length !== 1) {
    throw new UsageError(messages.scWhen);
  }
  const body = { ...times, ...(count === undefined ? {} : { count: Number(count) }) };
  const next = await client.call(wire.previewSchedule, { body, signal });
  answer(next, () => clockLines(next.items, next.timezone));
}

function clockLines(items: readonly string[], timezone: string): string {
  return items.map((at) => `${at}  ${onClock(at, timezone)}`).join("\n");
}

function bodyOf(session: Session, name: string, options: CreateOptions) {
  const { cron, every, at, timezone, overlap, catchup, jitter, paused } = options;
  if ([cron, every, at].filter((one) => one !== undefined).length !== 1) {
    throw new UsageError(session.messages.scWhen);
  }
  const given = { cron, every, at, timezone, catchup, jitter };
  return {
    ...{ name, target: targetOf(session, options) },
    ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
      [K in keyof typeof given]?: string;
    }),
    ...(overlap === undefined ? {} : { overlap: oneOf(session, "--overlap", wire.overlaps, overlap) }),
    ...(paused === true ? { enabled: false } : {}),
  };
}

function oneOf<T extends string>({ messages }: Session, flag: string, known: readonly T[], text: string): T {
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw new UsageError(fill(messages.scOneOf, { flag, known: known.join(", ") }));
}

function timesOf({ cron, everyMs, at, timezone }: wire.ScheduleView): string {
  if (cron !== null) return `${cron} (${timezone})`;
  return everyMs === null ? (at ?? "") : `every ${everyMs / 1000}s`;
}

function startsOf(target: wire.ScheduleTarget): string {
  return "function" in target ? target.function : `workflow ${target.workflow}`;
}

function pausedOf({ paused }: wire.ScheduleView): string {
  return ["paused", ...(paused?.reason ? [paused.reason] : [])].join(": ");
}

function onClock(at: string, timeZone: string): string {
  const style = { dateStyle: "short", timeStyle: "long", timeZone } as const;
  return `${new Intl.DateTimeFormat("sv-SE", style).format(new Date(at))} ${timeZone}`;
}

function ticksText(items: readonly wire.TickView[]): string {
  const rows = items.map((one) => [
    ...[one.until === null ? one.at : `${one.at} – ${one.until}`, one.status, one.executionId ?? ""],
    one.reason ?? one.executionStatus ?? "",
  ]);
  return table([["AT", "STATUS", "EXECUTION", ""], ...rows]);
}
