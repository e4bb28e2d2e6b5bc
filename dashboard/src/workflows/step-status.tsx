import type { JSX } from "solid-js";
import type { IconName } from "../ui/icon.tsx";
import { StatusBadge, type Tone } from "../ui/status-badge.tsx";
import type { Key } from "../words/words.ts";

const faces: Readonly<Record<string, readonly [Tone, IconName, Key]>> = {
  pending: ["still", "clock", "workflows.step_pending"],
  submitted: ["busy", "busy", "workflows.step_running"],
  asked: ["warn", "pause", "workflows.step_asked"],
  running: ["busy", "busy", "workflows.step_running"],
  waiting: ["warn", "pause", "workflows.step_waiting"],
  succeeded: ["ok", "done", "workflows.step_succeeded"],
  failed: ["bad", "cross", "workflows.step_failed"],
  timed_out: ["bad", "clock", "workflows.step_timed_out"],
  lost: ["warn", "lost", "workflows.step_lost"],
  cancelled: ["still", "stop", "workflows.step_cancelled"],
  skipped: ["still", "stop", "workflows.step_skipped"],
  blocked: ["still", "stop", "workflows.step_blocked"],
};
const other = ["still", "clock", "workflows.step_other"] as const;

/** How a state of a step looks, and the words for it. */
export function faceOf(status: string): readonly [Tone, IconName, Key] {
  return faces[status] ?? other;
}

/** The state of a step, or of one of its targets. */
export function StepStatusBadge(props: { status: string }): JSX.Element {
  const face = () => faceOf(props.status);
  return <StatusBadge tone={face()[0]} icon={face()[1]} word={face()[2]} />;
}
