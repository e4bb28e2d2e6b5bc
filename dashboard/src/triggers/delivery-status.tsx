import type { DeliveryView } from "@pulse/schema/wire/deliveries";
import type { JSX } from "solid-js";
import type { IconName } from "../ui/icon.tsx";
import { StatusBadge, type Tone } from "../ui/status-badge.tsx";
import type { Key } from "../words/words.ts";

const faces: Readonly<Record<DeliveryView["status"], readonly [Tone, IconName, Key]>> = {
  waiting: ["warn", "clock", "webhooks.waiting"],
  started: ["ok", "done", "webhooks.started"],
  filtered: ["still", "stop", "webhooks.filtered"],
  captured: ["still", "pause", "webhooks.captured"],
  failed: ["bad", "cross", "webhooks.failed"],
};

/** The words for what became of a delivery. */
export const deliveryWord = (status: DeliveryView["status"]): Key => faces[status][2];

/** What became of a delivery. */
export function DeliveryStatusBadge(props: { status: DeliveryView["status"] }): JSX.Element {
  const face = () => faces[props.status];
  return <StatusBadge tone={face()[0]} icon={face()[1]} word={face()[2]} />;
}
