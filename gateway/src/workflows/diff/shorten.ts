import type { StepDiffView } from "@pulse/schema/wire/execution-diff";
import type { Difference } from "@pulse/schema/workflow/diff-definitions";

const differencesMost = 200;
const textMost = 2000;

/** Differences as they are shown: not too many of them, and no value longer than a page. */
export function shortened(differences: readonly Difference[]): StepDiffView["output"] {
  const shown = differences.slice(0, differencesMost).map((one) => ({
    ...one,
    ...("before" in one ? { before: shortValue(one.before) } : {}),
    ...("after" in one ? { after: shortValue(one.after) } : {}),
  }));
  // What is compared came as JSON, and a part of JSON is JSON.
  return shown as StepDiffView["output"];
}

function shortValue(value: unknown): unknown {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (text === undefined || text.length <= textMost) return value ?? null;
  return `${text.slice(0, textMost).toWellFormed()}… (${text.length} characters)`;
}
