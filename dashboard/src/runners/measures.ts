import type { RunnerView } from "@pulse/schema/wire/runners";
import { bytesText } from "../ui/bytes.ts";
import { type Key, number, t } from "../words/words.ts";
import type { Timed } from "./spark-points.ts";

/** What is measured on a runner's machine. */
export const measures = ["cpu", "memory", "load"] as const;
export type Measure = (typeof measures)[number];

export const measureWords: Readonly<Record<Measure, Key>> = {
  cpu: "runners.cpu",
  memory: "runners.memory",
  load: "runners.load",
};

/** The latest value in words; null: the runner has not said. */
export function latestOf({ metrics }: RunnerView, measure: Measure): string | null {
  if (metrics === null) return null;
  if (measure === "cpu") return number(metrics.cpu, { style: "percent" });
  if (measure === "load")
    return number(metrics.load1, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return t("runners.of", {
    used: bytesText(metrics.memTotal - metrics.memFree),
    all: bytesText(metrics.memTotal),
  });
}

/** The values of the last half hour. */
export function pastOf({ samples = [] }: RunnerView, measure: Measure): Timed[] {
  return samples.map((sample) => ({ at: sample.at, value: sample[measure] }));
}

/** What the top of a picture of it is: everything, or for the load a line for each CPU. */
export function mostOf({ facts }: RunnerView, measure: Measure): number {
  const cpus = facts?.cpus;
  return measure === "load" && typeof cpus === "number" ? cpus : 1;
}
