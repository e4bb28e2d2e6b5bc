import type { QuietHours } from "@pulse/schema/wire/channel-rules";
import type { ChannelSettings, ChannelType } from "@pulse/schema/wire/channels";
import type { Key } from "../words/words.ts";

/** One text field of a kind of channel. */
export interface ChannelField {
  name: string;
  label: Key;
  hint?: Key;
  isSecret?: boolean;
  isOptional?: boolean;
}

const url: ChannelField = { name: "url", label: "channels.url", hint: "channels.url_hint", isSecret: true };
const server: ChannelField = {
  ...{ name: "server", label: "channels.server" as const, hint: "channels.server_hint" as const },
  isOptional: true,
};

/** The fields of each kind of channel. */
export const channelFields: Readonly<Record<ChannelType, readonly ChannelField[]>> = {
  email: [{ name: "to", label: "channels.to", hint: "channels.to_hint" }],
  slack: [url],
  discord: [url],
  teams: [url],
  telegram: [
    { name: "token", label: "channels.token", hint: "channels.bot_hint", isSecret: true },
    { name: "chat", label: "channels.chat", hint: "channels.chat_hint" },
  ],
  ntfy: [
    { name: "topic", label: "channels.topic" },
    server,
    { name: "token", label: "channels.token", isSecret: true, isOptional: true },
  ],
  webhook: [
    { name: "url", label: "channels.receiver", hint: "channels.receiver_hint" },
    {
      ...{ name: "secret", label: "triggers.secret" as const, hint: "channels.secret_hint" as const },
      ...{ isSecret: true, isOptional: true },
    },
  ],
};

/** The names of the kinds of channels that are proper names; the others are words. */
export const channelNames: Readonly<Record<ChannelType, string | null>> = {
  email: null,
  slack: "Slack",
  discord: "Discord",
  teams: "Microsoft Teams",
  telegram: "Telegram",
  ntfy: "ntfy",
  webhook: "Webhook",
};

/** The settings of a kind of channel from what was typed; what is empty is left out, for the API to say whether it may be. */
export function readChannel(type: ChannelType, typed: Readonly<Record<string, string>>): ChannelSettings {
  const given = channelFields[type].flatMap(({ name }): [string, string | string[]][] => {
    const text = (typed[name] ?? "").trim();
    if (text === "") return [];
    return [[name, type === "email" ? text.split(/[,;\s]+/).filter((one) => one !== "") : text]];
  });
  // The gateway checks it, and names the field that is wrong.
  return { type, ...Object.fromEntries(given) } as ChannelSettings;
}

/** Quiet hours from what was typed; null: none, undefined: one of their ends is missing. What zones there are is the gateway's to say. */
export function readQuiet({ from, to, timezone }: QuietHours): QuietHours | null | undefined {
  if (from === "" && to === "") return null;
  return from === "" || to === "" ? undefined : { from, to, timezone };
}
