import { listChannelMessages, resendChannelMessage } from "@pulse/schema/wire/channel-messages";
import {
  changeChannelRule,
  createChannelRule,
  deleteChannelRule,
  listChannelRules,
  type MessageTemplate,
  type NotificationEvent,
  type QuietHours,
} from "@pulse/schema/wire/channel-rules";
import {
  type ChannelSettings,
  changeChannel,
  createChannel,
  deleteChannel,
  getChannel,
  listChannels,
  testChannel,
} from "@pulse/schema/wire/channels";
import { queryOptions } from "@tanstack/solid-query";
import { api } from "../session/client.ts";
import { everyItem } from "../session/every-item.ts";
import { follow } from "../session/live.ts";
import { queryClient } from "../session/query-client.ts";

const actMs = 60_000;
const rows = 50;
const within = () => AbortSignal.timeout(actMs);
const readAgain = () => queryClient.invalidateQueries({ queryKey: ["channels"] });

/** All channels, by name. */
export const channelsQuery = () =>
  queryOptions({
    queryKey: ["channels", "list"],
    queryFn: ({ signal }) => everyItem((query) => api.call(listChannels, { query, signal })),
    ...follow("channels"),
  });

/** One channel. */
export const channelQuery = (id: string) =>
  queryOptions({
    queryKey: ["channels", "one", id],
    queryFn: ({ signal }) => api.call(getChannel, { params: { id }, signal }),
    ...follow("channels"),
  });

/** What a channel is told of. */
export const rulesQuery = (id: string) =>
  queryOptions({
    queryKey: ["channels", "rules", id],
    queryFn: async ({ signal }) => (await api.call(listChannelRules, { params: { id }, signal })).items,
    ...follow("channels"),
  });

/** A page of what a channel was sent, newest first. */
export const messagesQuery = (id: string, cursor: string | undefined) =>
  queryOptions({
    queryKey: ["channels", "messages", id, cursor ?? null],
    queryFn: ({ signal }) =>
      api.call(listChannelMessages, {
        params: { id },
        query: { limit: rows, ...(cursor === undefined ? {} : { cursor }) },
        signal,
      }),
    ...follow("channels"),
  });

/** Makes a channel; the secret of a webhook is in the answer where the gateway made it. */
export async function makeChannel(
  name: string,
  settings: ChannelSettings,
): Promise<{ id: string; secret: string | undefined }> {
  const { id, secret } = await api.call(createChannel, { body: { name, settings }, signal: within() });
  await readAgain();
  return { id, secret };
}

/** Lets messages go to a channel, or none. */
export async function setChannelEnabled(id: string, enabled: boolean): Promise<void> {
  await api.call(changeChannel, { params: { id }, body: { enabled }, signal: within() });
  await readAgain();
}

/** Sends a message now and returns what the receiver answered. */
export async function tryChannel(id: string) {
  const told = await api.call(testChannel, { params: { id }, body: {}, signal: within() });
  await readAgain();
  return told;
}

/** What `tryChannel` returns. */
export type Tried = Awaited<ReturnType<typeof tryChannel>>;

/** Deletes a channel with its rules and messages. */
export async function removeChannel(id: string): Promise<void> {
  await api.call(deleteChannel, { params: { id }, signal: within() });
  queryClient.removeQueries({ queryKey: ["channels", "one", id] });
  await queryClient.invalidateQueries({ queryKey: ["channels", "list"] });
}

/** Sends a message again, as a new one. */
export async function resendMessage(id: string, message: string): Promise<void> {
  await api.call(resendChannelMessage, { params: { id, message }, signal: within() });
  await readAgain();
}

/** What a rule can be changed to. */
export interface RuleChange {
  events: NotificationEvent[];
  /** Null: none. */
  filter: string | null;
  times: number;
  /** A length of time such as `15m`; null: each by itself. */
  digest: string | null;
  quiet: QuietHours | null;
  template: MessageTemplate | null;
}

/** Makes a rule of a channel. */
export async function makeRule(id: string, body: RuleChange & { name: string }): Promise<void> {
  await api.call(createChannelRule, { params: { id }, body, signal: within() });
  await readAgain();
}

/** Changes what a rule tells, and when. */
export async function editRule(id: string, rule: string, body: RuleChange): Promise<void> {
  await api.call(changeChannelRule, { params: { id, rule }, body, signal: within() });
  await readAgain();
}

/** Gives a channel other settings in place of all that it has; the secret of a webhook is returned where the gateway made it. */
export async function editChannel(id: string, settings: ChannelSettings): Promise<string | undefined> {
  const { secret } = await api.call(changeChannel, { params: { id }, body: { settings }, signal: within() });
  await readAgain();
  return secret;
}

/** Lets a rule tell, or keep still. */
export async function setRuleEnabled(id: string, rule: string, enabled: boolean): Promise<void> {
  await api.call(changeChannelRule, { params: { id, rule }, body: { enabled }, signal: within() });
  await readAgain();
}

/** Deletes a rule; what it told stays in the log. */
export async function removeRule(id: string, rule: string): Promise<void> {
  await api.call(deleteChannelRule, { params: { id, rule }, signal: within() });
  await readAgain();
}
