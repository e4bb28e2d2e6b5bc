import { deleteChannel, getChannel } from "../wire/channels.ts";
import { deleteFunction, getFunction } from "../wire/functions.ts";
import { deleteSchedule, getSchedule } from "../wire/schedules.ts";
import { deleteWebhook, getWebhook } from "../wire/webhooks.ts";
import { deleteWorkflow, getWorkflow } from "../wire/workflows.ts";
import { type Applying, orNull } from "./item.ts";
import type { Named } from "./plan.ts";

/** Whether something is there. */
export async function isThere({ client, signal }: Applying, { kind, name }: Named): Promise<boolean> {
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
export async function remove({ client, signal }: Applying, { kind, name }: Named): Promise<void> {
  const calls = {
    channel: () => client.open(deleteChannel, { params: { id: name }, signal }),
    function: () => client.open(deleteFunction, { params: { name }, signal }),
    workflow: () => client.open(deleteWorkflow, { params: { name }, signal }),
    schedule: () => client.open(deleteSchedule, { params: { id: name }, signal }),
    webhook: () => client.open(deleteWebhook, { params: { id: name }, signal }),
  };
  await calls[kind]();
}
