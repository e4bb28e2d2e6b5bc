import { afterTry } from "../executions/callbacks/schedule.ts";
import type { Ports } from "../ports.ts";
import { openChannel } from "./channel-secret.ts";
import { tellable } from "./may-tell.ts";
import { createMessageStore, type MessageRow } from "./message-store.ts";
import { digestOf } from "./messages/digest.ts";
import { type Sent, send } from "./send.ts";
import { createChannelStore } from "./store.ts";

/** A try that was begun and of which nothing is known is made again after this. */
export const claimMs = 60_000;
const atOnce = 8;
/** Steps of one go: what is left waits for the next. */
const stepsMost = 20;

/** What delivering needs. */
export type DeliverPorts = Pick<
  Ports,
  "database" | "now" | "random" | "log" | "masterKeys" | "outbound" | "mailer"
>;

/** Makes the tries that are due, step by step, until none is left or it has been a while; returns when the next is due (epoch ms), or null. A receiver that fails keeps none of the others from theirs. */
export async function deliverMessages(ports: DeliverPorts, publicUrl: string): Promise<number | null> {
  const store = createMessageStore(ports.database);
  for (let step = 0; step < stepsMost; step++) {
    const due = await store.due(ports.now(), atOnce);
    await Promise.all(
      due.map(async (one) => {
        const row = await store.claim(one, ports.now() + claimMs);
        if (row !== null) await deliver(ports, row, publicUrl, true);
      }),
    );
    if (due.length < atOnce) break;
  }
  return await store.nextAt();
}

/** Makes a try of a message that was claimed; returns what came of it. Unless `isRepeated`, there is no other. */
export async function deliver(
  ports: DeliverPorts,
  row: MessageRow,
  publicUrl: string,
  isRepeated: boolean,
): Promise<Sent> {
  const at = ports.now();
  const sent = await trySending(ports, row, publicUrl);
  const { verdict, status, answer } = sent;
  const now = ports.now();
  const tries = [...row.tries, { at, status, answer, error: verdict.error, durationMs: now - at }];
  const state = stateAfter(ports, row, sent, isRepeated);
  await createMessageStore(ports.database).settle(row, { ...state, tries });
  return sent;
}

async function trySending(ports: DeliverPorts, row: MessageRow, publicUrl: string): Promise<Sent> {
  const never = (error: string): Sent => ({
    ...{ status: null, answer: "" },
    verdict: { end: "never", retryAfterMs: null, error },
  });
  const channel = await createChannelStore(ports.database).byId(row.channelId);
  if (channel === null || !channel.enabled) return never("the channel is disabled");
  const { settings, fault } = await openChannel(ports, row.project, row.channelId);
  // The key may be back at another time.
  if (settings === null)
    return { ...never(fault), verdict: { end: "again", retryAfterMs: null, error: fault } };
  const { items, count } = await tellable(ports, row, channel);
  const news = digestOf(items, count);
  if (news === null) {
    return never("whoever made the rule, or said where the channel goes, may not view the workflow");
  }
  return await send(ports, settings, news, { id: row.id, publicUrl });
}

function stateAfter(
  ports: DeliverPorts,
  row: MessageRow,
  { verdict }: Sent,
  isRepeated: boolean,
): { status: MessageRow["status"]; nextAt: number } {
  const now = ports.now();
  if (verdict.end === "delivered") return { status: "delivered", nextAt: now };
  if (verdict.end === "never") return { status: "refused", nextAt: now };
  if (!isRepeated) return { status: "failed", nextAt: now };
  const random = (ports.random(1)[0] ?? 0) / 256;
  const next = afterTry(row.attempts, { status: null, retryAfterMs: verdict.retryAfterMs }, now, random);
  return next.status === "waiting" ? next : { status: next.status, nextAt: now };
}
