import type { JSX } from "solid-js";
import { sparkPoints, type Timed } from "./spark-points.ts";

/** A measure over the last half hour, as a line; its latest value stands beside it in words. `most`: what the top is, unless a value is above it. */
export function SparkLine(props: {
  label: string;
  values: readonly Timed[];
  most: number;
  now: number;
  width?: number;
  height?: number;
}): JSX.Element {
  const width = () => props.width ?? 72;
  const height = () => props.height ?? 20;
  const points = () => sparkPoints(props.values, props.now, props.most, width(), height());
  return (
    <svg
      role="img"
      aria-label={props.label}
      width={width()}
      height={height()}
      viewBox={`0 0 ${width()} ${height()}`}
      class="max-w-full shrink-0"
    >
      <title>{props.label}</title>
      <path d={`M0 ${height() - 0.5}H${width()}`} class="stroke-line" stroke-width="1" />
      <path
        d={points()}
        class="fill-none stroke-accent"
        stroke-width="1.5"
        stroke-linejoin="round"
        stroke-linecap="round"
      />
    </svg>
  );
}
