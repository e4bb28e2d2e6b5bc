import type { JSX } from "solid-js";
import { StatusBadge } from "../ui/status-badge.tsx";

/** Whether something is enabled. */
export function EnabledBadge(props: { enabled: boolean }): JSX.Element {
  return (
    <StatusBadge
      tone={props.enabled ? "ok" : "still"}
      icon={props.enabled ? "done" : "pause"}
      word={props.enabled ? "triggers.enabled" : "triggers.disabled"}
    />
  );
}
