import * as log from "@pulse/schema/wire/channel-messages";
import * as wire from "@pulse/schema/wire/channels";
import type { Command } from "commander";
import { fill } from "../messages/say.ts";
import { run, type Session } from "../session.ts";
import { table } from "../table.ts";
import { UsageError } from "../usage.ts";
import { type ChannelOptions, settingsOf } from "./channel-options.ts";
import { addChannelRules } from "./channel-rule.ts";

const collect = (value: string, before: string[]) => [...before, value];

/** Adds `channel list|create|show|change|test|messages|resend|enable|disable|delete|rules|set-rule|delete-rule`. */
export function addChannel(program: Command): void {
  const group = program.command("channel").description("where messages go, what they tell, and their log");
  addKeeping(group);
  addLog(group);
  addChannelRules(group);
}

function addKeeping(group: Command): void {
  group
    .command("list")
    .description("channels, and how the last message went")
    .action(
      run(async ({ client, answer, messages, signal }) => {
        const list = await client.call(wire.listChannels, { query: { limit: 200 }, signal });
        const rows = list.items.map((one) => [one.name, one.type, one.to, lastOf(one)]);
        answer(list, () =>
          rows.length === 0 ? messages.none : table([["NAME", "TYPE", "TO", "LAST"], ...rows]),
        );
      }),
    );
  withSettings(
    group
      .command("create <name>")
      .description("make a channel; its address or token is read from standard input, or --secret-file")
      .requiredOption("--type <type>", wire.channelTypes.join(", ")),
  ).action(
    run(async (session, command) => {
      const { client, answer, line, messages, signal } = session;
      const options = command.opts<ChannelOptions & { type: string }>();
      const type = wire.channelTypes.find((one) => one === options.type);
      if (type === undefined) {
        throw new UsageError(fill(messages.chType, { known: wire.channelTypes.join(", ") }));
      }
      const body = { name: command.args[0] ?? "", settings: await settingsOf(session, type, options) };
      const made = await client.call(wire.createChannel, { body, signal });
      answer(made, () => made.secret ?? "");
      if (made.secret !== undefined) line(messages.chSecretOnce);
    }),
  );
  withSettings(
    group.command("change <channel>").description("other settings in place of all that it has"),
  ).action(
    run(async (session, command) => {
      const { client, answer, line, messages, signal } = session;
      const params = { id: command.args[0] ?? "" };
      const { type } = await client.call(wire.getChannel, { params, signal });
      const settings = await settingsOf(session, type, command.opts<ChannelOptions>());
      const made = await client.call(wire.changeChannel, { params, body: { settings }, signal });
      answer(made, () => made.secret ?? "");
      if (made.secret !== undefined) line(messages.chSecretOnce);
    }),
  );
  group
    .command("show <channel>")
    .description("one channel, never its credential")
    .action(
      run(async ({ client, answer, signal }, { args }) => {
        const one = await client.call(wire.getChannel, { params: { id: args[0] ?? "" }, signal });
        answer(one, () => JSON.stringify(one, null, 2));
      }),
    );
  for (const [verb, description] of [
    ["enable", "let messages go there again"],
    ["disable", "send nothing there"],
  ] as const) {
    group
      .command(`${verb} <channel>`)
      .description(description)
      .action(
        run(async ({ client, answer, signal }, { args }) => {
          const body = { enabled: verb === "enable" };
          const one = await client.call(wire.changeChannel, { params: { id: args[0] ?? "" }, body, signal });
          answer(one, () => "");
        }),
      );
  }
  group
    .command("delete <channel>")
    .description("delete it with its rules and its log")
    .action(
      run(async ({ client, note, signal }, { args }) => {
        const id = args[0] ?? "";
        await client.call(wire.deleteChannel, { params: { id }, signal });
        note("deleted", { name: id });
      }),
    );
}

function withSettings(command: Command): Command {
  return command
    .option("--to <address>", "of email: whom mail goes to; may be repeated", collect, [])
    .option("--chat <id>", "of telegram: the number of a chat, or @name")
    .option("--thread <id>", "of telegram: a topic of a group")
    .option("--topic <name>", "of ntfy: the topic")
    .option("--server <url>", "of telegram and ntfy: a server of one's own")
    .option("--signing-secret-file <path>", "of webhook: the secret that signs, where it is not to be made")
    .option("--secret-file <path>", "the URL or the token; - is standard input");
}

function addLog(group: Command): void {
  group
    .command("test <channel>")
    .description("send a message now, and show what the receiver answered")
    .option("--text <text>", "what it says")
    .action(
      run(async ({ client, answer, messages, signal }, command) => {
        const { text } = command.opts<{ text?: string }>();
        const body = text === undefined ? {} : { text };
        const told = await client.call(wire.testChannel, {
          params: { id: command.args[0] ?? "" },
          body,
          signal,
        });
        const word = told.delivered ? messages.chDelivered : messages.chNotDelivered;
        const how = [word, told.error ?? told.status ?? "", `(${told.durationMs} ms)`].join(" ");
        answer(told, () => [how, told.answer].filter((part) => part !== "").join("\n"));
      }),
    );
  group
    .command("messages <channel>")
    .description("what was sent and what became of it, newest first")
    .option("--status <status>", log.messageStatuses.join(", "))
    .option("--limit <count>", "at most so many, 50 unless said")
    .action(
      run(async (session, command) => {
        const { client, answer, messages, signal } = session;
        const { status, limit } = command.opts<{ status?: string; limit?: string }>();
        const query = {
          ...(status === undefined ? {} : { status: statusOf(session, status) }),
          ...(limit === undefined ? {} : { limit: Number(limit) }),
        };
        const params = { id: command.args[0] ?? "" };
        const list = await client.call(log.listChannelMessages, { params, query, signal });
        answer(list, () => (list.items.length === 0 ? messages.none : logOf(list.items)));
      }),
    );
  group
    .command("resend <channel> <message>")
    .description("send a message again")
    .action(
      run(async ({ client, answer, signal }, { args }) => {
        const [id = "", message = ""] = args;
        const one = await client.call(log.resendChannelMessage, { params: { id, message }, signal });
        answer(one, () => logOf([one]));
      }),
    );
}

function lastOf({ enabled, last }: wire.ChannelView): string {
  if (!enabled) return "disabled";
  if (last === null) return "";
  return last.delivered ? last.at : `${last.at} ${last.error ?? ""}`;
}

function statusOf({ messages }: Session, text: string): log.MessageStatus {
  const status = log.messageStatuses.find((one) => one === text);
  if (status !== undefined) return status;
  throw new UsageError(fill(messages.whStatus, { known: log.messageStatuses.join(", ") }));
}

function logOf(items: readonly log.ChannelMessageView[]): string {
  const rows = items.map((one) => [
    ...[one.id, one.createdAt, one.event, one.status, one.tries.at(-1)?.error ?? "", one.title],
  ]);
  return table([["MESSAGE", "AT", "EVENT", "STATUS", "", "TITLE"], ...rows]);
}
