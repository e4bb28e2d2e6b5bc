import type { ChannelMessageView } from "@pulse/schema/wire/channel-messages";
import type { ChannelRuleView } from "@pulse/schema/wire/channel-rules";
import type { ChannelView } from "@pulse/schema/wire/channels";
import type { Deps } from "../http/context.ts";
import type { Viewer } from "../workflows/seen-by.ts";
import type { MessageRow } from "./message-store.ts";
import { createMessageStore } from "./message-store.ts";
import { digestOf } from "./messages/digest.ts";
import type { Notification } from "./messages/notification.ts";
import { type ChannelRow, createChannelStore, type RuleRow } from "./store.ts";

const time = (ms: number) => new Date(ms).toISOString();

/** A channel as the API shows it. */
export function channelViewOf(row: ChannelRow): ChannelView {
  const { id, name, type, shown: to, enabled, createdBy, lastDelivered, lastAt, lastError } = row;
  const last =
    lastAt === null ? null : { delivered: lastDelivered === true, at: time(lastAt), error: lastError };
  const times = { createdAt: time(row.createdAt), updatedAt: time(row.updatedAt) };
  return { id, name, type, to, enabled, last, createdBy, ...times };
}

/** A rule as the API shows it. */
export function ruleViewOf(row: RuleRow): ChannelRuleView {
  const { id, name, events, filter, times, digestMs, quiet, template, enabled, createdBy } = row;
  return {
    ...{ id, name, events, filter, times, digestMs, quiet, template, enabled, createdBy },
    ...{ createdAt: time(row.createdAt), updatedAt: time(row.updatedAt) },
  };
}

/** A message as the API shows it. */
export function messageViewOf(row: MessageRow): ChannelMessageView {
  const { id, status, count, ruleId: rule, executionId, nextAt } = row;
  // Written by `addMessage` alone.
  const news = digestOf(row.items as Notification[], count);
  const isDue = status === "waiting" && nextAt < Number.MAX_SAFE_INTEGER;
  return {
    ...{ id, event: news?.event ?? "", title: news?.title ?? "", text: news?.text ?? "" },
    ...{ count, rule, executionId, status, createdAt: time(row.createdAt) },
    nextAt: isDue ? time(nextAt) : null,
    tries: row.tries.map((one) => ({ ...one, at: time(one.at) })),
  };
}

/** The channels of these ids that are there. */
export async function channelsById(
  { ports }: Deps,
  project: string,
  ids: readonly string[],
): Promise<Map<string, ChannelView>> {
  const rows = await createChannelStore(ports.database).some(project, ids);
  return new Map(rows.map((row) => [row.id, channelViewOf(row)]));
}

/** The messages of these ids, with their channels, that tell nothing of what somebody may not see. */
export async function messagesById(
  { ports }: Deps,
  by: Viewer,
  ids: readonly string[],
): Promise<Map<string, { channel: string; message: ChannelMessageView }>> {
  const rows = await createMessageStore(ports.database).some(by, ids);
  return new Map(rows.map((row) => [row.id, { channel: row.channelId, message: messageViewOf(row) }]));
}
