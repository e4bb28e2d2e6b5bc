import { ProblemError } from "../problem.ts";
import { changeChannel, createChannel, getChannel } from "../wire/channels.ts";
import { type Applying, type Item, orNull } from "./item.ts";
import type { ChannelWish } from "./layout.ts";
import { filled } from "./words.ts";

/** A channel of `pulse.yaml`: one of mail whole; of the others, whose address is a credential, that it is there and whether it is enabled. */
export function channelItem(applying: Applying, name: string, wish: ChannelWish): Item {
  const { client, words, signal } = applying;
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
      if (there === null && settings === null) throw refused(filled(words.apChannelFirst, { name, type }));
      if (there !== null && there.type !== type) {
        throw refused(filled(words.apTypeStays, { name, type: there.type }));
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
