import type { LogDiffView } from "@pulse/schema/wire/execution-diff";
import { diffLines, type LineStep } from "./diff-lines.ts";
import { plainLine } from "./plain-line.ts";

/** Lines that are shown around what differs. */
const around = 2;
const shownMost = 500;
const textMost = 2000;

/** The lines of a log, or the first of them. */
export interface ReadLog {
  lines: readonly string[];
  isWhole: boolean;
}

/** How two logs differ, times and ids aside. */
export function diffLogs(before: ReadLog, after: ReadLog): LogDiffView {
  const steps = diffLines(before.lines.map(plainLine), after.lines.map(plainLine));
  const count = (kind: LineStep["kind"]) => steps.filter((step) => step.kind === kind).length;
  const hunks: LogDiffView["hunks"] = [];
  let shown = 0;
  let last = -1;
  let isCut = false;
  steps.forEach((step, i) => {
    if (step.kind === "same") return;
    // What comes right behind is in the same part.
    const from = Math.max(last + 1, i - around);
    let hunk = hunks.at(-1);
    const to = Math.min(steps.length - 1, i + around);
    if (shown + (to - from + 1) > shownMost) {
      isCut = true;
      return;
    }
    if (hunk === undefined || from > last + 1 || last < 0) {
      const first = steps[from] ?? step;
      hunk = { before: first.before + 1, after: first.after + 1, lines: [] };
      hunks.push(hunk);
    }
    for (let at = Math.max(from, last + 1); at <= to; at++) {
      const one = steps[at];
      if (one === undefined || (at > i && one.kind !== "same")) break;
      hunk.lines.push({ kind: one.kind, text: textOf(one, before.lines, after.lines) });
      shown++;
      last = at;
    }
  });
  const truncated = isCut || !before.isWhole || !after.isWhole;
  return { added: count("added"), removed: count("removed"), hunks, truncated };
}

function textOf(step: LineStep, before: readonly string[], after: readonly string[]): string {
  const text = step.kind === "added" ? after[step.after] : before[step.before];
  return (text ?? "").slice(0, textMost).toWellFormed();
}
