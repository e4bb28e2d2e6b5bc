import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { emitEvent } from "@pulse/schema/wire/emit";
import { getEmitted, listEmitted } from "@pulse/schema/wire/emitted-events";
import type { Command } from "commander";
import type { Messages } from "../messages/en.ts";
import { fill } from "../messages/say.ts";
import { run } from "../session.ts";
import { table } from "../table.ts";
import { timeOf } from "../time-of.ts";
import { UsageError } from "../usage.ts";

/** Adds `event emit|list|get`. */
export function addEvent(program: Command): void {
  const group = program.command("event").description("events that start things and that steps wait for");
  group
    .command("emit <name>")
    .description("emit an event: what names it as a trigger is started, and steps that wait for it go on")
    .option("-d, --data <json>", "what the event says: JSON, @file or @- for stdin")
    .option("--idempotency-key <key>", "same key: the same event, which starts nothing again")
    .action(
      run(async ({ client, answer, messages, signal }, command) => {
        const { data, idempotencyKey } = command.opts<{ data?: string; idempotencyKey?: string }>();
        const emitted = await client.call(emitEvent, {
          params: { name: command.args[0] ?? "" },
          body: { data: await readData(data, messages) },
          // What the client sends again is the same event.
          headers: { "idempotency-key": idempotencyKey ?? randomUUID() },
          signal,
        });
        answer(emitted, () => fill(messages.eventEmitted, { id: emitted.id, count: emitted.subscribers }));
      }),
    );
  group
    .command("list")
    .description("events of the last week, newest first, and how many triggers named them and were started")
    .option("--name <name>", "only those of this name")
    .option("--since <time>", "RFC 3339, or how long ago")
    .option("--until <time>", "RFC 3339, or how long ago")
    .option("--limit <count>", "at most so many, 50 unless said")
    .action(
      run(async ({ client, answer, messages, signal }, command) => {
        const { name, since, until, limit } = command.opts<ListOptions>();
        const query = {
          ...(name === undefined ? {} : { name }),
          ...(since === undefined ? {} : { since: timeOf(since, messages) }),
          ...(until === undefined ? {} : { until: timeOf(until, messages) }),
          ...(limit === undefined ? {} : { limit: Number(limit) }),
        };
        const list = await client.call(listEmitted, { query, signal });
        const rows = list.items.map((one) => [
          ...[one.at, one.name, one.id, one.by, `${one.started}/${one.subscribers}`],
        ]);
        const head = ["AT", "NAME", "ID", "BY", "STARTED"];
        answer(list, () => (rows.length === 0 ? messages.none : table([head, ...rows])));
      }),
    );
  group
    .command("get <event>")
    .description("one event with what it says and what it started")
    .action(
      run(async ({ client, answer, signal }, { args }) => {
        const one = await client.call(getEmitted, { params: { id: args[0] ?? "" }, signal });
        answer(one, () => JSON.stringify(one, null, 2));
      }),
    );
}

interface ListOptions {
  name?: string;
  since?: string;
  until?: string;
  limit?: string;
}

async function readData(given: string | undefined, messages: Messages) {
  if (given === undefined) return null;
  const json =
    given === "@-"
      ? await text(process.stdin)
      : given.startsWith("@")
        ? readText(given.slice(1), messages)
        : given;
  try {
    return JSON.parse(json);
  } catch {
    throw new UsageError(fill(messages.badData, { given: JSON.stringify(json.slice(0, 80)) }));
  }
}

function readText(path: string, messages: Messages): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new UsageError(fill(messages.cannotRead, { path }));
  }
}
