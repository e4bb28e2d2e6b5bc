import type { RunnerView } from "@pulse/schema/wire/runners";
import { type JSX, Show } from "solid-js";
import { t } from "../words/words.ts";
import { latestOf, type Measure, measureWords, mostOf, pastOf } from "./measures.ts";
import { SparkLine } from "./spark-line.tsx";

/** A measure of a runner's machine: its latest value, and the line of the last half hour; in a table, where no `width` is given, both end at the right. */
export function MeasureView(props: {
  runner: RunnerView;
  measure: Measure;
  width?: number;
  height?: number;
}): JSX.Element {
  const past = () => pastOf(props.runner, props.measure);
  const told = () => t("runners.past", { what: t(measureWords[props.measure]) });
  // Where the picture ends: the newest sample, so that it stands still between two of them.
  const now = () => past().at(-1)?.at ?? 0;
  return (
    <span
      class={`inline-grid gap-0.5 ${props.width === undefined ? "justify-items-end" : "justify-items-start"}`}
    >
      <span>{latestOf(props.runner, props.measure) ?? "–"}</span>
      <Show when={past().length > 1}>
        <SparkLine
          label={told()}
          values={past()}
          most={mostOf(props.runner, props.measure)}
          now={now()}
          {...(props.width === undefined ? {} : { width: props.width })}
          {...(props.height === undefined ? {} : { height: props.height })}
        />
      </Show>
    </span>
  );
}
