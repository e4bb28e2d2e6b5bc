import type { EmittingCaller } from "@pulse/schema/tables";
import type { Ports } from "../ports.ts";
import type { Viewer } from "../workflows/seen-by.ts";
import { createMessageStore, type MessageRow } from "./message-store.ts";
import type { Notification } from "./messages/notification.ts";
import { type ChannelRow, createChannelStore } from "./store.ts";

/** What of a message may be told, and how much of it that is. */
export interface Tellable {
  items: Notification[];
  count: number;
}

/** Of a rule that is deleted nobody knows any more who made it. */
const nobody: EmittingCaller = {
  ...{ kind: "anonymous", id: "anonymous", name: "anonymous", userId: null },
  ...{ scopes: [], roles: [], groups: [] },
};

/**
 * What of a message may leave: a rule tells nothing of a workflow that whoever made it, or whoever said where its channel goes, may not view. What a
 * workflow itself sends is its author's to say.
 */
export async function tellable(
  { database }: Pick<Ports, "database">,
  row: MessageRow,
  { setBy: opened, project }: ChannelRow,
): Promise<Tellable> {
  // Written by `addMessage` alone.
  const all = { items: row.items as Notification[], count: row.count };
  if (row.ruleId === null) return all;
  const rule = await createChannelStore(database).ruleById(row.ruleId);
  const made = rule === null ? nobody : rule.setBy;
  const viewers: Viewer[] = [made, opened].flatMap((one) => (one === null ? [] : [{ ...one, project }]));
  const seen = await createMessageStore(database).itemsSeenBy(viewers, row.id);
  if (seen === null) return all;
  const items = all.items.filter((_, place) => seen.has(place));
  return { items, count: all.count - (all.items.length - items.length) };
}
