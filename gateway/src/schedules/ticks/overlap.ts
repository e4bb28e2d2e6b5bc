import type { Overlap } from "@pulse/schema/wire/schedules";

/** Ticks that wait behind a running execution, where all are to wait. */
export const bufferedMost = 100;

/** How things are when a tick has come. */
export interface Around {
  /** Whether the tick has waited already. */
  isBuffered: boolean;
  /** Executions of the schedule that have not ended, or are being started. */
  running: number;
  /** Other ticks of it that wait: those that came before this one, and those that came after. */
  before: number;
  after: number;
}

/** `cancel`: what runs is stopped, what waits is passed over, and the tick waits until it has ended. */
export type Decision = { do: "start" | "wait" | "cancel" } | { do: "skip"; reason: string };

/** What becomes of a tick. But for `allow`, never two executions of a schedule run at once, and ticks start in their order. */
export function decide(overlap: Overlap, { isBuffered, running, before, after }: Around): Decision {
  if (overlap === "allow") return { do: "start" };
  if (overlap === "cancelRunning") {
    if (isBuffered && after > 0) return { do: "skip", reason: "a later tick took its place" };
    if (running === 0) return { do: "start" };
    return { do: isBuffered ? "wait" : "cancel" };
  }
  if (running === 0 && before === 0) return { do: "start" };
  if (isBuffered) return { do: "wait" };
  if (overlap === "skip") return { do: "skip", reason: "the execution before was still running" };
  const most = overlap === "bufferOne" ? 1 : bufferedMost;
  if (before < most) return { do: "wait" };
  const reason = most === 1 ? "another tick was waiting already" : `${most} ticks were waiting already`;
  return { do: "skip", reason };
}
