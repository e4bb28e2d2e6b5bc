import { formatDuration } from "@pulse/schema/duration-text";
import * as wire from "@pulse/schema/wire/retention";
import type { Command } from "commander";
import type { Messages } from "../messages/en.ts";
import { fill } from "../messages/say.ts";
import { run } from "../session.ts";
import { table } from "../table.ts";
import { UsageError } from "../usage.ts";

interface Times {
  executions?: string;
  logs?: string;
  payloads?: string;
  events?: string;
  versions?: string;
}

/** Adds `retention show|set`. */
export function addRetention(program: Command): void {
  const group = program.command("retention").description("how long executions, logs and payloads are kept");
  const show = group.command("show").description("how long each is kept, and what would be deleted now");
  withTimes(show, false).action(
    run(async ({ client, answer, messages, signal }, command) => {
      const { versions, ...times } = command.opts<Times>();
      const kept = await client.call(wire.getRetention, { signal });
      const query = {
        ...times,
        ...(versions === undefined ? {} : { versions: versionsOf(versions, messages) ?? ("all" as const) }),
      };
      const preview = await client.call(wire.previewRetention, { query, signal });
      answer({ ...kept, preview }, () => textOf(kept, preview, messages));
    }),
  );
  const set = group
    .command("set")
    .description("change how long each is kept; what is over goes within hours");
  withTimes(set, true).action(
    run(async ({ client, answer, messages, signal }, command) => {
      const { versions, ...times } = command.opts<Times>();
      const change = {
        ...times,
        ...(versions === undefined ? {} : { versions: versionsOf(versions, messages) }),
      };
      if (Object.keys(change).length === 0) throw new UsageError(messages.noTimes);
      const kept = await client.call(wire.changeRetention, { body: change, signal });
      const preview = await client.call(wire.previewRetention, { query: {}, signal });
      answer({ ...kept, preview }, () => textOf(kept, preview, messages));
    }),
  );
}

function withTimes(command: Command, withEvents: boolean): Command {
  command
    .option("--executions <duration>", "executions that have ended, at least 1d")
    .option("--logs <duration>", "their logs, at least 1h")
    .option("--payloads <duration>", "request and response bodies, at least 1h")
    .option("--versions <count>", "newest versions of each function that stay, or all");
  return withEvents
    ? command.option("--events <duration>", "what followers can catch up on, 1d to 30d")
    : command;
}

/** How many versions stay; null: all. */
function versionsOf(text: string, messages: Messages): number | null {
  if (text === "all") return null;
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new UsageError(fill(messages.badVersions, { given: text }));
  return Number(text);
}

function textOf(kept: wire.RetentionView, preview: wire.RetentionPreview, messages: Messages): string {
  const { executions, logs, payloads, versions } = preview;
  const versionsKept = kept.versions === null ? "all" : String(kept.versions);
  const rows = [
    ["WHAT", "KEPT", "WOULD GO NOW"],
    ["executions", formatDuration(kept.executionsMs), String(executions.count)],
    ["logs", formatDuration(kept.logsMs), amountOf(logs)],
    ["payloads", formatDuration(kept.payloadsMs), amountOf(payloads)],
    ["events", formatDuration(kept.eventsMs), ""],
    ["versions", versionsKept, String(versions.count)],
  ];
  return preview.isAll ? table(rows) : `${table(rows)}\n${messages.atLeastThese}`;
}

function amountOf({ count, bytes }: { count: number; bytes: number }): string {
  return count === 0 ? "0" : `${count} (${(bytes / 2 ** 20).toFixed(1)} MiB)`;
}
