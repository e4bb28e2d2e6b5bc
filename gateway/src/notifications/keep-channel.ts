import { makeId } from "@pulse/schema/ids";
import { type FieldProblem, ProblemError } from "@pulse/schema/problem";
import type { ChannelSettings } from "@pulse/schema/wire/channels";
import { actorOf, callerOf } from "../http/actor.ts";
import type { Principal } from "../http/context.ts";
import { checkUrl } from "../outbound/check-url.ts";
import type { Ports } from "../ports.ts";
import { forgetChannel, sealChannel, shownOf } from "./channel-secret.ts";
import { type ChannelRow, channelsMost, createChannelStore } from "./store.ts";

/** A channel, and the secret of its webhook where that was made here. */
export interface MadeChannel {
  row: ChannelRow;
  made: string | null;
}

/** Makes a channel. Throws `name_taken`, and `url_not_allowed` for where nothing may be sent. */
export async function addChannel(
  ports: Ports,
  by: Principal,
  asked: { name: string; settings: ChannelSettings; enabled?: boolean | undefined },
): Promise<MadeChannel> {
  const { project } = by;
  const { name, enabled = true } = asked;
  const { settings, made } = complete(ports, asked.settings);
  const store = createChannelStore(ports.database);
  if ((await store.find(project, name)) !== null) throw taken(name);
  const now = ports.now();
  const id = makeId("channel", now, ports.random(10));
  // First, so that no channel is ever there without.
  await sealChannel(ports, project, id, settings);
  const row = {
    ...{ id, project, name, type: settings.type, shown: shownOf(settings), enabled },
    ...{ createdBy: actorOf(by), setBy: callerOf(by) },
    ...{ lastDelivered: null, lastAt: null, lastError: null, createdAt: now, updatedAt: now },
  };
  const added = await store.insert(row);
  if (added === "added") return { row, made };
  await forgetChannel(ports, project, id);
  if (added === "taken") throw taken(name);
  throw new ProblemError("conflict", `a project has at most ${channelsMost} channels`, {
    hint: "Delete one that is no longer needed, or let one channel have several rules.",
  });
}

/** Changes a channel; returns it as it is then. Throws `validation_failed` for another type, and `url_not_allowed`. */
export async function alterChannel(
  ports: Ports,
  by: Principal,
  channel: ChannelRow,
  change: { settings?: ChannelSettings | undefined; enabled?: boolean | undefined },
): Promise<MadeChannel> {
  let made: string | null = null;
  let { shown, setBy } = channel;
  if (change.settings !== undefined) {
    const { type } = change.settings;
    if (type !== channel.type) {
      refuse([
        { pointer: "/settings/type", detail: `is ${channel.type}, and stays so: make another channel` },
      ]);
    }
    const all = complete(ports, change.settings);
    setBy = callerOf(by);
    // First, so that nothing goes to a new place on the word of whoever named the old one.
    await createChannelStore(ports.database).change(channel.id, { setBy }, ports.now());
    await sealChannel(ports, channel.project, channel.id, all.settings);
    made = all.made;
    shown = shownOf(all.settings);
  }
  const { enabled = channel.enabled } = change;
  const values = { shown, setBy, enabled, updatedAt: ports.now() };
  const row = await createChannelStore(ports.database).change(channel.id, values, values.updatedAt);
  return { row: row ?? { ...channel, ...values }, made };
}

/** Deletes a channel with all that belongs to it. */
export async function removeChannel(ports: Ports, { project, id }: ChannelRow): Promise<void> {
  await createChannelStore(ports.database).remove(id, ports.now());
  await forgetChannel(ports, project, id);
}

/** Checks where a channel goes as far as its text tells, and makes the secret that a webhook was not given. */
function complete(
  ports: Ports,
  settings: ChannelSettings,
): { settings: ChannelSettings; made: string | null } {
  if (settings.type === "email") {
    if (ports.mailer !== undefined) return { settings, made: null };
    const detail = "this gateway sends no mail: its operator sets PULSE_SMTP_URL, on Node";
    throw new ProblemError("validation_failed", detail, { errors: [{ pointer: "/settings/type", detail }] });
  }
  const url = "url" in settings ? settings.url : settings.server;
  if (url !== undefined) checkUrl(url, ports.outbound.policy);
  if (settings.type !== "webhook" || settings.secret !== undefined) return { settings, made: null };
  const made = `whsec_${ports.random(32).toBase64()}`;
  return { settings: { ...settings, secret: made }, made };
}

function refuse(errors: FieldProblem[]): never {
  const [first] = errors;
  throw new ProblemError("validation_failed", `${first?.pointer}: ${first?.detail}`, { errors });
}

function taken(name: string): ProblemError {
  return new ProblemError("name_taken", `there is a channel "${name}" already`);
}
