import type { ExecutionView } from "@pulse/schema/wire/executions";
import type { Key } from "../words/words.ts";

/** One part of the way of an execution, placed on the whole in percent. */
export interface Span {
  name: Key;
  ms: number;
  fromPercent: number;
  widthPercent: number;
}

const parts = [
  ["timeline.queue", "queueMs"],
  ["timeline.start", "startMs"],
  ["timeline.init", "initMs"],
  ["timeline.run", "runMs"],
] as const;

/** The parts one after the other: waiting, starting a sandbox, loading the code, running it. */
export function spansOf(timing: ExecutionView["timing"]): Span[] {
  const measured = parts.flatMap(([name, field]) => {
    const ms = timing[field];
    return ms === undefined ? [] : [{ name, ms }];
  });
  const whole = measured.reduce((sum, { ms }) => sum + ms, 0) || 1;
  let before = 0;
  return measured.map(({ name, ms }) => {
    const span = { name, ms, fromPercent: (before / whole) * 100, widthPercent: (ms / whole) * 100 };
    before += ms;
    return span;
  });
}

/** Reads `Server-Timing: queue;dur=1, run;dur=4` into the same form. */
export function readServerTiming(header: string | null): ExecutionView["timing"] {
  const read: Record<string, number> = {};
  for (const [, name = "", ms = ""] of (header ?? "").matchAll(/(\w+)\s*;\s*dur=([\d.]+)/g)) {
    read[`${name}Ms`] = Number(ms);
  }
  const { queueMs, startMs, initMs, runMs } = read;
  return Object.fromEntries(
    Object.entries({ queueMs, startMs, initMs, runMs }).filter(([, ms]) => ms !== undefined),
  );
}
