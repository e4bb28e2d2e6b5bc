import type { ChannelType } from "@pulse/schema/wire/channels";
import { t } from "../words/words.ts";
import { channelNames } from "./channel-form.ts";

/** The name of a kind of channel. */
export function channelName(type: ChannelType): string {
  return channelNames[type] ?? t("channels.email");
}
