import * as wire from "@pulse/schema/wire/channel-rules";
import type { Command } from "commander";
import { fill } from "../messages/say.ts";
import { run, type Session } from "../session.ts";
import { table } from "../table.ts";
import { UsageError } from "../usage.ts";

const collect = (value: string, before: string[]) => [...before, value];

interface RuleOptions {
  on: string[];
  filter?: string;
  times?: string;
  digest?: string;
  quietHours?: string;
  title?: string;
  text?: string;
  enable?: boolean;
  disable?: boolean;
}

/** Adds `channel rules|set-rule|delete-rule`. */
export function addChannelRules(group: Command): void {
  group
    .command("rules <channel>")
    .description("what a channel is told of")
    .action(
      run(async ({ client, answer, messages, signal }, { args }) => {
        const list = await client.call(wire.listChannelRules, { params: { id: args[0] ?? "" }, signal });
        answer(list, () => (list.items.length === 0 ? messages.none : rulesOf(list.items)));
      }),
    );
  group
    .command("set-rule <channel> <rule>")
    .description("tell a channel of events, or change how; what is not said stays")
    .option("--on <event>", `${wire.notificationEvents.join(", ")}; may be repeated`, collect, [])
    .option(
      "--filter <expression>",
      "what is told, such as \"execution.name === 'nightly'\"; none: everything",
    )
    .option("--times <count>", "failures in a row until one is told, 1 unless said")
    .option("--digest <duration>", "tell together what comes within this time; none: at once")
    .option("--quiet-hours <hours>", "hours without messages, such as 22:00-07:00@Europe/Madrid; none: never")
    .option("--title <template>", "the title of a message; may have templates")
    .option("--text <template>", "the text of a message; may have templates")
    .option("--enable", "let it tell again")
    .option("--disable", "let it tell nothing")
    .action(
      run(async (session, command) => {
        const { client, answer, signal } = session;
        const [id = "", name = ""] = command.args;
        const { events, ...rest } = ruleOf(session, command.opts<RuleOptions>());
        const { items } = await client.call(wire.listChannelRules, { params: { id }, signal });
        const known = items.find((one) => one.name === name || one.id === name);
        if (known === undefined && events === undefined) {
          throw new UsageError(fill(session.messages.chNeeds, { type: name, flag: "--on" }));
        }
        const body = { ...rest, ...(events === undefined ? {} : { events }) };
        const made =
          known === undefined
            ? await client.call(wire.createChannelRule, {
                ...{ params: { id }, body: { ...rest, name, events: events ?? [] }, signal },
              })
            : await client.call(wire.changeChannelRule, { params: { id, rule: known.id }, body, signal });
        answer(made, () => rulesOf([made]));
      }),
    );
  group
    .command("delete-rule <channel> <rule>")
    .description("tell a channel of this no more")
    .action(
      run(async ({ client, note, signal }, { args }) => {
        const [id = "", rule = ""] = args;
        await client.call(wire.deleteChannelRule, { params: { id, rule }, signal });
        note("deleted", { name: rule });
      }),
    );
}

function ruleOf(session: Session, options: RuleOptions) {
  const { on, filter, times, digest, quietHours: quiet, title, text, enable, disable } = options;
  const orNone = (value: string) => (value === "none" ? null : value);
  const isSet = enable === true || disable === true;
  return {
    ...(on.length === 0 ? {} : { events: on.map((one) => eventOf(session, one)) }),
    ...(filter === undefined ? {} : { filter: orNone(filter) }),
    ...(times === undefined ? {} : { times: Number(times) }),
    ...(digest === undefined ? {} : { digest: orNone(digest) }),
    ...(quiet === undefined ? {} : { quiet: quietOf(session, quiet) }),
    ...(title === undefined && text === undefined
      ? {}
      : { template: { ...(title === undefined ? {} : { title }), ...(text === undefined ? {} : { text }) } }),
    ...(isSet ? { enabled: enable === true } : {}),
  };
}

function eventOf({ messages }: Session, text: string): wire.NotificationEvent {
  const event = wire.notificationEvents.find((one) => one === text);
  if (event !== undefined) return event;
  throw new UsageError(fill(messages.chEvent, { known: wire.notificationEvents.join(", ") }));
}

function quietOf({ messages }: Session, text: string): wire.QuietHours | null {
  if (text === "none") return null;
  const [, from, to, timezone] = /^(\d\d:\d\d)-(\d\d:\d\d)@(\S+)$/.exec(text) ?? [];
  if (from === undefined || to === undefined || timezone === undefined)
    throw new UsageError(messages.chQuiet);
  return { from, to, timezone };
}

function rulesOf(items: readonly wire.ChannelRuleView[]): string {
  const rows = items.map((one) => [
    ...[one.name, one.events.join(", "), one.filter ?? "", String(one.times)],
    one.digestMs === null ? "" : `${one.digestMs / 1000} s`,
    one.quiet === null ? "" : `${one.quiet.from}-${one.quiet.to}@${one.quiet.timezone}`,
    one.enabled ? "" : "disabled",
  ]);
  return table([["RULE", "ON", "FILTER", "TIMES", "DIGEST", "QUIET", ""], ...rows]);
}
