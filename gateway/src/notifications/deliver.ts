import { afterTry } from "../executions/callbacks/schedule.ts";
import type { Ports } from "../ports.ts";
import { openChannel } from "./channel-secret.ts";
import { tellable } from "./may-tell.ts";
import { createMessageStore, type DueMessage, type MessageRow } from "./message-store.ts";
import { digestOf } from "./messages/digest.ts";
import { type Sent, send } from "./send.ts";
import { createChannelStore } from "./store.ts";
import { traceMessage } from "./trace-message.ts";

/** A try that was begun and of which nothing is known is made again after this. */
export const claimMs = 60_000;
const atOnce = 8;
/** Of these, to one channel: a slow receiver leaves room for the others. */
const toOneAtOnce = 4;
const lookedAt = 64;
/** Steps of one go, and how long it takes at most before another step: what is left waits for the next. */
const stepsMost = 20;
const goMs = 30_000;
/** What else waits for a channel that did not take a message waits for so long, or as long as the receiver asked for, an hour at most. */
const leftAloneMs = 5000;
const hourMs = 3_600_000;

/** What delivering needs. */
export type DeliverPorts = Pick<
  Ports,
  "database" | "now" | "random" | "log" | "masterKeys" | "outbound" | "mailer" | "ended" | "tracing"
>;

/** Makes the tries that are due, step by step, until none is left or it has been a while; returns when the next is due (epoch ms), or null. A receiver that fails keeps none of the others from theirs, and is not tried with one message after the other. */
export async function deliverMessages(
  ports: DeliverPorts,
  publicUrl: string,
  onTried: (project: string) => void = () => undefined,
): Promise<number | null> {
  const store = createMessageStore(ports.database);
  const begunAt = ports.now();
  const leftAlone = new Set<string>();
  for (let step = 0; step < stepsMost && ports.now() - begunAt < goMs; step++) {
    const due = chosen(await store.due(ports.now(), [...leftAlone], lookedAt));
    if (due.length === 0) break;
    await Promise.all(
      due.map(async (one) => {
        const row = await store.claim(one, ports.now() + claimMs);
        if (row === null) return;
        const { verdict } = await deliver(ports, row, publicUrl, true);
        onTried(row.project);
        if (verdict.end !== "again") return;
        leftAlone.add(row.channelId);
        const waitMs = Math.max(leftAloneMs, Math.min(hourMs, verdict.retryAfterMs ?? 0));
        await store.postpone(row.channelId, ports.now() + waitMs);
      }),
    );
  }
  return await store.nextAt();
}

/** The first that are due, of one channel only some. */
function chosen(due: readonly DueMessage[]): DueMessage[] {
  const byChannel = new Map<string, number>();
  const found = due.filter(({ channelId }) => {
    const n = (byChannel.get(channelId) ?? 0) + 1;
    byChannel.set(channelId, n);
    return n <= toOneAtOnce;
  });
  return found.slice(0, atOnce);
}

/** Makes a try of a message that was claimed; returns what came of it. Unless `isRepeated`, there is no other. `traceparent` is that of what sends it; null: nothing. */
export async function deliver(
  ports: DeliverPorts,
  row: MessageRow,
  publicUrl: string,
  isRepeated: boolean,
  traceparent: string | null = null,
): Promise<Sent> {
  const at = ports.now();
  const sent = await trySending(ports, row, publicUrl, traceparent);
  const { verdict, status, answer } = sent;
  const now = ports.now();
  const tries = [...row.tries, { at, status, answer, error: verdict.error, durationMs: now - at }];
  const state = stateAfter(ports, row, sent, isRepeated);
  await createMessageStore(ports.database).settle(row, { ...state, tries }, now);
  if (state.status !== "waiting") ports.ended?.add("message", state.status);
  return sent;
}

async function trySending(
  ports: DeliverPorts,
  row: MessageRow,
  publicUrl: string,
  given: string | null,
): Promise<Sent> {
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
  const span = traceMessage(ports, given, { row, channel: channel.name, settings });
  const { traceparent } = span;
  const sent = await send(ports, settings, news, { id: row.id, publicUrl, traceparent });
  span.ended(sent);
  return sent;
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
