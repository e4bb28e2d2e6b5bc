import type { TickStatus } from "@pulse/schema/wire/schedules";
import type { JSX } from "solid-js";
import type { IconName } from "../ui/icon.tsx";
import { StatusBadge, type Tone } from "../ui/status-badge.tsx";
import type { Key } from "../words/words.ts";

/** What became of a tick, in words. */
export const tickWords: Readonly<Record<TickStatus, Key>> = {
  waiting: "schedules.tick_waiting",
  buffered: "schedules.tick_buffered",
  starting: "schedules.tick_starting",
  started: "schedules.tick_started",
  skipped: "schedules.tick_skipped",
  missed: "schedules.tick_missed",
  failed: "schedules.tick_failed",
};

const faces: Readonly<Record<TickStatus, readonly [Tone, IconName]>> = {
  waiting: ["still", "clock"],
  buffered: ["warn", "pause"],
  starting: ["busy", "busy"],
  started: ["ok", "done"],
  skipped: ["still", "stop"],
  missed: ["warn", "lost"],
  failed: ["bad", "cross"],
};

/** What became of a tick. */
export function TickStatusBadge(props: { status: TickStatus }): JSX.Element {
  const face = () => faces[props.status];
  return <StatusBadge tone={face()[0]} icon={face()[1]} word={tickWords[props.status]} />;
}
