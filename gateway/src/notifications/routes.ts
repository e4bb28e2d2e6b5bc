import { makeId } from "@pulse/schema/ids";
import { ProblemError } from "@pulse/schema/problem";
import * as messagesWire from "@pulse/schema/wire/channel-messages";
import * as wire from "@pulse/schema/wire/channels";
import { actorOf } from "../http/actor.ts";
import { bind } from "../http/bind.ts";
import type { Deps, Principal, PulseApp } from "../http/context.ts";
import { badCursor, pageOf, pageReply } from "../http/paging.ts";
import { deliver } from "./deliver.ts";
import { addChannel, alterChannel, removeChannel } from "./keep-channel.ts";
import { createMessageStore, type MessageRow, type NewMessage } from "./message-store.ts";
import { digestOf } from "./messages/digest.ts";
import type { Notification } from "./messages/notification.ts";
import { mountChannelRules } from "./rule-routes.ts";
import { type ChannelRow, createChannelStore } from "./store.ts";
import { channelViewOf, messageViewOf } from "./view.ts";

/** Mounts channels: where messages go, what they are told of, and what became of that. */
export function mountChannels(app: PulseApp, deps: Deps): void {
  const { ports, config } = deps;
  const store = createChannelStore(ports.database);
  const log = createMessageStore(ports.database);
  const found = async ({ project }: Principal, which: string) => {
    const row = await store.find(project, which);
    if (row === null) throw new ProblemError("not_found", `there is no channel "${which}"`);
    return row;
  };

  mountChannelRules(app, deps, found);

  bind(app, deps, wire.listChannels, async ({ principal, query, request }) => {
    const rows = await store.list(principal.project, query.cursor ?? null, query.limit + 1);
    return pageReply(
      request,
      pageOf(rows, query.limit, channelViewOf, ({ name }) => name),
    );
  });

  bind(app, deps, wire.createChannel, async ({ principal, body, audit }) => {
    const { row, made } = await addChannel(ports, principal, body);
    audit.note({ target: row.name });
    const shown = made === null ? {} : { secret: made };
    return {
      status: 201,
      headers: { "cache-control": "no-store" },
      body: { ...channelViewOf(row), ...shown },
    };
  });

  bind(app, deps, wire.getChannel, async ({ principal, params }) => ({
    body: channelViewOf(await found(principal, params.id)),
  }));

  bind(app, deps, wire.changeChannel, async ({ principal, params, body }) => {
    const { row, made } = await alterChannel(ports, principal, await found(principal, params.id), body);
    const shown = made === null ? {} : { secret: made };
    return { headers: { "cache-control": "no-store" }, body: { ...channelViewOf(row), ...shown } };
  });

  bind(app, deps, wire.deleteChannel, async ({ principal, params }) => {
    await removeChannel(ports, await found(principal, params.id));
    return { status: 204 };
  });

  bind(app, deps, wire.testChannel, async ({ principal, params, body }) => {
    const channel = await found(principal, params.id);
    const message = newMessage(channel, Number.MAX_SAFE_INTEGER, {
      ...{ event: "test", level: "info", project: channel.project, title: "A test message of Pulse" },
      text: body.text ?? `${actorOf(principal)} tries the channel ${channel.name}.`,
      ...{ facts: [], lines: [], at: ports.now(), data: {} },
      links: config.publicUrl === "" ? [] : [{ text: "Open Pulse", url: `${config.publicUrl}/` }],
    });
    await log.add(message);
    // Never due, so that nobody else has it.
    const row = await log.claim({ id: message.id, attempts: 0 }, Number.MAX_SAFE_INTEGER);
    if (row === null) throw new ProblemError("conflict", "the channel was deleted meanwhile");
    const startedAt = ports.now();
    const { verdict, status, answer } = await deliver(ports, row, config.publicUrl, false);
    const delivered = verdict.end === "delivered";
    const durationMs = ports.now() - startedAt;
    return { body: { message: row.id, delivered, status, answer, error: verdict.error, durationMs } };
  });

  bind(app, deps, messagesWire.listChannelMessages, async ({ principal, params, query, request }) => {
    const { id } = await found(principal, params.id);
    const { status, limit, cursor } = query;
    const rows = await log.list(principal, id, status, placeOf(cursor), limit + 1);
    return pageReply(request, pageOf(rows, limit, messageViewOf, cursorOf));
  });

  bind(app, deps, messagesWire.resendChannelMessage, async ({ principal, params }) => {
    const channel = await found(principal, params.id);
    const row = await log.get(principal, channel.id, params.message);
    // Written by `addMessage` alone.
    const news = row === null ? null : digestOf(row.items as Notification[], row.count);
    if (row === null || news === null) {
      throw new ProblemError("not_found", `the channel ${params.id} has no message ${params.message}`);
    }
    const { ruleId, executionId } = row;
    const again = { ...newMessage(channel, ports.now(), news), ruleId, executionId };
    await log.add(again);
    ports.messageAdded?.();
    const kept = await log.get(principal, channel.id, again.id);
    if (kept === null) throw new ProblemError("conflict", "the channel was deleted meanwhile");
    return { status: 202, body: messageViewOf(kept) };
  });

  function newMessage(channel: ChannelRow, nextAt: number, notification: Notification): NewMessage {
    const createdAt = ports.now();
    const id = makeId("message", createdAt, ports.random(10));
    return {
      ...{ id, project: channel.project, channelId: channel.id, ruleId: null, executionId: null },
      ...{ once: id, gathers: null, nextAt, createdAt, notification },
    };
  }
}

function cursorOf({ createdAt, id }: MessageRow): string {
  return `${createdAt}.${id}`;
}

function placeOf(cursor: string | undefined): { createdAt: number; id: string } | null {
  if (cursor === undefined) return null;
  const [, at, id] = /^(\d{1,15})\.(ntf_[0-9a-z]{26})$/.exec(cursor) ?? [];
  if (at === undefined || id === undefined) throw badCursor();
  return { createdAt: Number(at), id };
}
