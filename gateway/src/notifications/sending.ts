import { makeId } from "@pulse/schema/ids";
import { prompts } from "@pulse/schema/tables";
import { and, eq } from "drizzle-orm";
import type { Ports } from "../ports.ts";
import type { Notify } from "../workflows/advance/commands.ts";
import type { Outcome } from "../workflows/advance/events.ts";
import type { OpenRun } from "../workflows/runs/open-run.ts";
import { traceparentIn } from "../workflows/runs/run-trace.ts";
import { type DeliverPorts, deliver } from "./deliver.ts";
import { createMessageStore, type MessageRow, type NewMessage } from "./message-store.ts";
import type { Notification } from "./messages/notification.ts";
import { type ChannelRow, createChannelStore } from "./store.ts";

/** Nobody else makes the one try of a step's message: it is never due. */
const never = Number.MAX_SAFE_INTEGER;
const titleMost = 120;

type SendingPorts = DeliverPorts & Pick<Ports, "messageAdded">;

/**
 * Sends messages of workflows. That of a step is sent once: where a gateway ended while it was under way, the step is lost. What a workflow tells besides, and what a prompt tells
 * people, is kept and tried again like what a rule tells. The same command twice is one message.
 */
export function sendingOf(deps: { ports: SendingPorts; publicUrl: string }) {
  const { ports, publicUrl } = deps;
  return {
    async notify(run: OpenRun, command: Notify): Promise<Outcome> {
      const channel = await channelOf(ports, run.project, command.channel);
      if ("problem" in channel) return failed("bad_channel", channel.problem);
      const store = createMessageStore(ports.database);
      const message = await messageOf(ports, run, command, channel, publicUrl);
      if (command.step === null) {
        await store.add(message);
        ports.messageAdded?.();
        return { status: "succeeded" };
      }
      if (!(await store.add({ ...message, nextAt: never })))
        return await before(ports, channel, message.once);
      const row = await store.claim({ id: message.id, attempts: 0 }, never);
      if (row === null) return await before(ports, channel, message.once);
      const { verdict, status } = await deliver(
        ports,
        row,
        publicUrl,
        false,
        traceparentIn(ports, run, command.step),
      );
      if (verdict.end === "delivered") return succeeded(row, status);
      return failed("not_delivered", verdict.error ?? "the receiver did not take it");
    },
  };
}

/** What became of the message of a command that was begun before. */
async function before(ports: SendingPorts, channel: ChannelRow, once: string): Promise<Outcome> {
  const store = createMessageStore(ports.database);
  const row = await store.byOnce(channel.id, once);
  if (row?.status === "delivered") return succeeded(row, row.tries.at(-1)?.status ?? null);
  if (row !== null && row.status !== "waiting" && row.status !== "lost") {
    return failed("not_delivered", row.tries.at(-1)?.error ?? "the receiver did not take it");
  }
  if (row !== null) await store.lose(row.id, ports.now());
  const message = "the gateway ended while the message was under way: whether it arrived is not known";
  return { status: "lost", error: { code: "lost", message } };
}

/** `slack:ops` is the channel `ops`, which is one of Slack; a name alone is enough. */
async function channelOf(
  ports: SendingPorts,
  project: string,
  written: string,
): Promise<ChannelRow | { problem: string }> {
  const [, type = null, name = ""] = /^(?:([a-z]+):)?(.*)$/s.exec(written.trim()) ?? [];
  const found = await createChannelStore(ports.database).find(project, name);
  if (found === null)
    return { problem: `there is no channel ${JSON.stringify(name)}: make one with pulse channel create` };
  if (type !== null && type !== found.type)
    return { problem: `the channel ${name} is one of ${found.type}, not of ${type}` };
  if (!found.enabled) return { problem: `the channel ${name} is disabled` };
  return found;
}

async function messageOf(
  ports: SendingPorts,
  run: OpenRun,
  command: Notify,
  channel: ChannelRow,
  publicUrl: string,
): Promise<NewMessage> {
  const at = ports.now();
  const prompt = command.prompt === undefined ? null : await promptAt(ports, run, command.prompt);
  const [first = "", ...rest] = command.message.split("\n");
  const isShort = first.length <= titleMost;
  const notification: Notification = {
    event: prompt === null ? "step" : "prompt",
    level: prompt === null ? "info" : "warning",
    project: run.project,
    title: isShort ? first : `A message of ${run.workflow}`,
    text: (isShort ? rest.join("\n") : command.message).trim(),
    facts: [{ name: "Workflow", value: run.workflow }],
    lines: [],
    links: [
      ...(prompt === null ? [] : [{ text: "Answer", url: `${publicUrl}/answer/${prompt}` }]),
      { text: "Open the execution", url: `${publicUrl}/executions/${run.id}` },
    ],
    at,
    data: { execution: { id: run.id, name: run.workflow }, step: command.step, prompt },
  };
  return {
    ...{ id: makeId("message", at, ports.random(10)), project: run.project, channelId: channel.id },
    ...{ ruleId: null, executionId: run.id, once: `${run.id} ${command.key}`, gathers: null },
    ...{ nextAt: at, createdAt: at },
    notification: publicUrl === "" ? { ...notification, links: [] } : notification,
  };
}

async function promptAt({ database }: SendingPorts, run: OpenRun, key: string): Promise<string | null> {
  const which = and(eq(prompts.executionId, run.id), eq(prompts.key, key));
  const [row] = await database.orm.select({ id: prompts.id }).from(prompts).where(which);
  return row?.id ?? null;
}

function succeeded(row: Pick<MessageRow, "id">, status: number | null): Outcome {
  return { status: "succeeded", output: { message: row.id, status } };
}

function failed(code: string, message: string): Outcome {
  return { status: "failed", error: { code, message } };
}
