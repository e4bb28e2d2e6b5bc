import type { ExecutionStatus } from "@pulse/schema/status";
import type { JSX } from "solid-js";
import type { IconName } from "../ui/icon.tsx";
import { StatusBadge, type Tone } from "../ui/status-badge.tsx";

const faces: Readonly<Record<ExecutionStatus, readonly [Tone, IconName]>> = {
  scheduled: ["still", "clock"],
  queued: ["still", "clock"],
  offered: ["busy", "busy"],
  running: ["busy", "busy"],
  waiting: ["warn", "pause"],
  succeeded: ["ok", "done"],
  failed: ["bad", "cross"],
  timed_out: ["bad", "clock"],
  cancelled: ["still", "stop"],
  lost: ["warn", "lost"],
  dead: ["bad", "cross"],
  superseded: ["still", "stop"],
};

/** The state of an execution. */
export function ExecutionStatusBadge(props: { status: ExecutionStatus }): JSX.Element {
  return (
    <StatusBadge
      tone={faces[props.status][0]}
      icon={faces[props.status][1]}
      word={`status.${props.status}`}
    />
  );
}
