/** What becomes of one line: where it is before, where it is after, or both; places count from 0. */
export interface LineStep {
  kind: "same" | "removed" | "added";
  before: number;
  after: number;
}

/** Differences beyond this are not looked for one by one: what is left is then one large change. */
const editsMost = 1000;

/**
 * The shortest way from one list of lines to another (E. Myers, "An O(ND) Difference Algorithm", 1986), as steps in order. When the two differ
 * in more than a thousand lines between their common beginning and end, that middle is removed and added whole.
 */
export function diffLines(before: readonly string[], after: readonly string[]): LineStep[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  const steps: LineStep[] = [];
  for (let i = 0; i < start; i++) steps.push({ kind: "same", before: i, after: i });
  const left = before.slice(start, before.length - end);
  const right = after.slice(start, after.length - end);
  for (const step of middle(left, right)) {
    steps.push({ kind: step.kind, before: step.before + start, after: step.after + start });
  }
  for (let i = end; i > 0; i--) {
    steps.push({ kind: "same", before: before.length - i, after: after.length - i });
  }
  return steps;
}

function middle(left: readonly string[], right: readonly string[]): LineStep[] {
  const trace = traced(left, right);
  if (trace !== null) return back(left.length, right.length, trace);
  return [
    ...left.map((_, i): LineStep => ({ kind: "removed", before: i, after: 0 })),
    ...right.map((_, i): LineStep => ({ kind: "added", before: left.length, after: i })),
  ];
}

/** For each number of edits how far each diagonal gets; null: too many edits. */
function traced(left: readonly string[], right: readonly string[]): Int32Array[] | null {
  const most = Math.min(left.length + right.length, editsMost);
  const trace: Int32Array[] = [];
  let reach = new Int32Array(3);
  for (let edits = 0; edits <= most; edits++) {
    // Diagonal k stands at k + edits + 1, with one place more on each side.
    const next = new Int32Array(2 * edits + 5);
    const at = (k: number) => reach[k + edits] ?? 0;
    for (let k = -edits; k <= edits; k += 2) {
      const down = k === -edits || (k !== edits && at(k - 1) < at(k + 1));
      let x = edits === 0 ? 0 : down ? at(k + 1) : at(k - 1) + 1;
      while (x < left.length && x - k < right.length && left[x] === right[x - k]) x++;
      next[k + edits + 1] = x;
      if (x >= left.length && x - k >= right.length) {
        trace.push(next);
        return trace;
      }
    }
    trace.push(next);
    reach = next;
  }
  return null;
}

function back(leftLength: number, rightLength: number, trace: readonly Int32Array[]): LineStep[] {
  const steps: LineStep[] = [];
  let x = leftLength;
  let y = rightLength;
  for (let edits = trace.length - 1; edits >= 0; edits--) {
    const reach = trace[edits - 1];
    const k = x - y;
    const at = (one: number) => reach?.[one + edits] ?? 0;
    const down = k === -edits || (k !== edits && at(k - 1) < at(k + 1));
    const fromX = edits === 0 ? 0 : down ? at(k + 1) : at(k - 1);
    const fromY = edits === 0 ? 0 : fromX - (down ? k + 1 : k - 1);
    const startX = edits === 0 ? 0 : down ? fromX : fromX + 1;
    while (x > startX) steps.push({ kind: "same", before: --x, after: --y });
    if (edits === 0) break;
    if (down) steps.push({ kind: "added", before: x, after: --y });
    else steps.push({ kind: "removed", before: --x, after: y });
    x = fromX;
    y = fromY;
  }
  return steps.reverse();
}
