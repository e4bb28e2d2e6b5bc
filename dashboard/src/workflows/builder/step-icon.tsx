import type { StepType } from "@pulse/schema/workflow/step-kinds";
import type { JSX } from "solid-js";
import { t } from "../../words/words.ts";

/** Small line drawings on a 16 × 16 grid, one for each type of step. */
export const stepShapes: Readonly<Record<StepType | "none", string>> = {
  execute: "M3 4l4 4-4 4M8.5 12H13",
  prompt: "M6 6a2 2 0 113 1.700c-.7.400-1 .800-1 1.600M8 11.700v.1M8 2a6 6 0 100 12A6 6 0 008 2z",
  wait: "M8 4.500V8l2.5 1.500M8 2a6 6 0 100 12A6 6 0 008 2z",
  function: "M10.5 2.500c-2.5 0-2.5 1.500-3 4L6 11c-.5 2.500-.5 3-2.5 3M4.5 6.500h5.5",
  workflow: "M2.5 2.500h4v3h-4zM9.5 10.500h4v3h-4zM4.5 5.500V12h5",
  parallel: "M8 2v3M4 14V7h8v7M8 5v2",
  if: "M8 2l4 4-4 4-4-4zM8 10v4",
  switch: "M8 2v4M8 6L3 13M8 6v7M8 6l5 7",
  foreach: "M12.500 6A5 5 0 108 13a5 5 0 004.300-2.500M13 3v3h-3",
  http: "M8 2a6 6 0 100 12A6 6 0 008 2zM2 8h12M8 2c-4 4-4 8 0 12 4-4 4-8 0-12",
  notify: "M4 11V7a4 4 0 018 0v4l1 1H3zM7 14h2",
  set: "M3 6h10M3 10h10",
  stop: "M4.500 4.500h7v7h-7z",
  none: "M8 4v5M8 11.700v.1",
};

/** The words for a type of step; one that there is not is said to be unknown. */
export function typeWords(type: StepType | null): string {
  return type === null ? t("builder.type_none") : t(`builder.type_${type}`);
}

/** A type of step as drawing and words. */
export function StepTypeBadge(props: { type: StepType | null }): JSX.Element {
  return (
    <span class="inline-flex items-center gap-1 text-xs whitespace-nowrap text-muted">
      <StepIcon type={props.type} />
      {typeWords(props.type)}
    </span>
  );
}

/** The drawing alone, beside words. */
export function StepIcon(props: { type: StepType | null }): JSX.Element {
  return <Shape path={stepShapes[props.type ?? "none"]} />;
}

function Shape(props: { path: string }): JSX.Element {
  return (
    <svg
      viewBox="0 0 16 16"
      aria-hidden="true"
      class="size-4 shrink-0"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linecap="round"
      stroke-linejoin="round"
    >
      <path d={props.path} />
    </svg>
  );
}

const actionShapes = {
  up: "M8 13V3M4 7l4-4 4 4",
  down: "M8 3v10M4 9l4 4 4-4",
  copy: "M5.500 5.500h7v8h-7zM3.500 10.500v-8h7",
  remove: "M3 4.500h10M6 4.500V3h4v1.500M4.500 4.500l.500 9h6l.500-9",
} as const;

/** The drawing of something that is done to a step. */
export function ActionIcon(props: { name: keyof typeof actionShapes }): JSX.Element {
  return <Shape path={actionShapes[props.name]} />;
}
