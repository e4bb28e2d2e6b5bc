import { deleteChannel, getChannel } from "@pulse/schema/wire/channels";
import { deleteFunction, getFunction } from "@pulse/schema/wire/functions";
import { deleteSchedule, getSchedule } from "@pulse/schema/wire/schedules";
import { deleteWebhook, getWebhook } from "@pulse/schema/wire/webhooks";
import { deleteWorkflow, getWorkflow } from "@pulse/schema/wire/workflows";
import type { Session } from "../session.ts";
import { orNull } from "./item.ts";
import type { Named } from "./plan.ts";

/** Whether something is there. */
export async function isThere({ client, signal }: Session, { kind, name }: Named): Promise<boolean> {
  const calls = {
    channel: () => client.call(getChannel, { params: { id: name }, signal }),
    function: () => client.call(getFunction, { params: { name }, signal }),
    workflow: () => client.call(getWorkflow, { params: { name }, signal }),
    schedule: () => client.call(getSchedule, { params: { id: name }, signal }),
    webhook: () => client.call(getWebhook, { params: { id: name }, signal }),
  };
  return (await orNull<unknown>(calls[kind]())) !== null;
}

/** Removes something. */
export async function remove({ client, signal }: Session, { kind, name }: Named): Promise<void> {
  const calls = {
    channel: () => client.open(deleteChannel, { params: { id: name }, signal }),
    function: () => client.open(deleteFunction, { params: { name }, signal }),
    workflow: () => client.open(deleteWorkflow, { params: { name }, signal }),
    schedule: () => client.open(deleteSchedule, { params: { id: name }, signal }),
    webhook: () => client.open(deleteWebhook, { params: { id: name }, signal }),
  };
  await calls[kind]();
}
