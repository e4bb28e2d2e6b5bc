import type { NotificationEvent } from "@pulse/schema/wire/channel-rules";
import type { Key } from "../words/words.ts";

/** What a rule can tell of, in words. */
export const eventWords: Readonly<Record<NotificationEvent, Key>> = {
  failed: "channels.on_failed",
  recovered: "channels.on_recovered",
  prompt: "channels.on_prompt",
  "runner-offline": "channels.on_offline",
  "runner-online": "channels.on_online",
  deploy: "channels.on_deploy",
  "split-rollback": "channels.on_split",
  quota: "channels.on_quota",
};
