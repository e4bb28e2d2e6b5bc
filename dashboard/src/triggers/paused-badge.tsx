import type { JSX } from "solid-js";
import { StatusBadge } from "../ui/status-badge.tsx";

/** Whether a schedule is paused. */
export function PausedBadge(props: { isPaused: boolean }): JSX.Element {
  return (
    <StatusBadge
      tone={props.isPaused ? "warn" : "ok"}
      icon={props.isPaused ? "pause" : "clock"}
      word={props.isPaused ? "schedules.paused" : "schedules.active"}
    />
  );
}
