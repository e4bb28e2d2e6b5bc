import type { ExecutionCounts } from "@pulse/schema/wire/execution-counts";
import type { Steps } from "../charts/axis.ts";
import type { Layer } from "../charts/bar-chart.tsx";
import { t } from "../words/words.ts";

/** The layers of a chart of states: each is told by a colour, a pattern and its name. */
const layers = [
  { name: "executions.group_succeeded", tone: "text-ok", look: "plain", states: ["succeeded"] },
  {
    name: "executions.layer_failed",
    tone: "text-bad",
    look: "hatched",
    states: ["failed", "timed_out", "dead", "lost"],
  },
  {
    name: "executions.group_cancelled",
    tone: "text-muted",
    look: "plain",
    states: ["cancelled", "superseded"],
  },
  {
    name: "executions.group_active",
    tone: "text-busy",
    look: "plain",
    states: ["scheduled", "queued", "offered", "running", "waiting"],
  },
] as const;

/** The counts of an answer as layers of a chart; those without any are left out. `steps` may go on after what was counted. */
export function statusLayers(counts: ExecutionCounts): Layer[] {
  return layers.flatMap(({ name, tone, look, states }) => {
    const of = counts.items.filter(({ status }) => states.some((one) => one === status));
    if (of.length === 0) return [];
    const sums =
      of[0]?.counts.map((_, step) => of.reduce((sum, one) => sum + (one.counts[step] ?? 0), 0)) ?? [];
    return [{ name: t(name), tone, look, counts: sums }];
  });
}

/** The time that was counted. */
export function stepsOf({ from, to, stepMs }: Pick<ExecutionCounts, "from" | "to" | "stepMs">): Steps {
  return { fromMs: Date.parse(from), toMs: Date.parse(to), stepMs };
}
