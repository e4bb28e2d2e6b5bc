import { isProblemCode, problemCodes } from "@pulse/schema/problem";
import type { SyncStatus, SyncStep } from "@pulse/schema/wire/sources";
import type { JSX } from "solid-js";
import type { IconName } from "../ui/icon.tsx";
import { StatusBadge, type Tone } from "../ui/status-badge.tsx";
import { problemTitle } from "../words/words.ts";

const syncFaces: Readonly<Record<SyncStatus, readonly [Tone, IconName]>> = {
  waiting: ["still", "clock"],
  running: ["busy", "busy"],
  succeeded: ["ok", "done"],
  failed: ["bad", "cross"],
};
const stepFaces: Readonly<Record<SyncStep["state"], readonly [Tone, IconName]>> = {
  due: ["still", "clock"],
  done: ["ok", "done"],
  failed: ["bad", "cross"],
  left: ["warn", "stop"],
};

/** How a sync stands. */
export function SyncStatusBadge(props: { status: SyncStatus }): JSX.Element {
  const face = () => syncFaces[props.status];
  return <StatusBadge tone={face()[0]} icon={face()[1]} word={`sources.sync_${props.status}`} />;
}

/** What became of a step of a sync. */
export function StepStateBadge(props: { state: SyncStep["state"] }): JSX.Element {
  const face = () => stepFaces[props.state];
  return <StatusBadge tone={face()[0]} icon={face()[1]} word={`sources.step_${props.state}`} />;
}

/** The title of a problem by its code; a code that this dashboard does not know yet stands for itself. */
export function titleOfCode(code: string): string {
  return isProblemCode(code) ? (problemTitle(code) ?? problemCodes[code][1]) : code;
}
