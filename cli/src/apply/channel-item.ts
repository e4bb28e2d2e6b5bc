import { ProblemError } from "@pulse/schema/problem";
import { changeChannel, createChannel, getChannel } from "@pulse/schema/wire/channels";
import { fill } from "../messages/say.ts";
import type { Session } from "../session.ts";
import { type Item, orNull } from "./item.ts";
import type { ChannelWish } from "./layout.ts";

/** A channel of `pulse.yaml`: one of mail whole; of the others, whose address is a credential, that it is there and whether it is enabled. */
export function channelItem(session: Session, name: string, wish: ChannelWish): Item {
  const { client, messages, signal } = session;
  const params = { id: name };
  const { type, enabled } = wish;
  const settings = wish.type === "email" ? { type: wish.type, to: wish.to } : null;
  const onOff = enabled === undefined ? {} : { enabled };
  const refused = (detail: string) =>
    new ProblemError("validation_failed", detail, { errors: [{ pointer: `/channels/${name}`, detail }] });
  return {
    ...{ kind: "channel", name },
    wanted: { type, ...(settings === null ? {} : { to: settings.to.join(", ") }), ...onOff },
    async look() {
      const there = await orNull(client.call(getChannel, { params, signal }));
      if (there === null && settings === null) throw refused(fill(messages.apChannelFirst, { name, type }));
      if (there !== null && there.type !== type) {
        throw refused(fill(messages.apTypeStays, { name, type: there.type }));
      }
      return there;
    },
    async create() {
      if (settings !== null) await client.call(createChannel, { body: { name, settings, ...onOff }, signal });
      return [];
    },
    async change() {
      const body = { ...(settings === null ? {} : { settings }), ...onOff };
      await client.call(changeChannel, { params, body, signal });
      return [];
    },
  };
}
