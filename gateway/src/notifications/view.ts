import type { ChannelMessageView } from "@pulse/schema/wire/channel-messages";
import type { ChannelRuleView } from "@pulse/schema/wire/channel-rules";
import type { ChannelView } from "@pulse/schema/wire/channels";
import type { MessageRow } from "./message-store.ts";
import { digestOf } from "./messages/digest.ts";
import type { Notification } from "./messages/notification.ts";
import type { ChannelRow, RuleRow } from "./store.ts";

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
