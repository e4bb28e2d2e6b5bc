import type { Outcome } from "./events.ts";

/** Characters that the outputs of all targets of a step have together in the state of its run, which is one row. */
const keptOfStep = 4 * 2 ** 20;
const keptOfTarget = 65_536;
const keptLeast = 1024;

/**
 * What the run keeps of how a job ended on one of so many targets: expressions see that much, its execution has all. Of what was printed
 * that is the last part; an answer whose body is too large has null in its place and `isCut`, one whose headers are, none of these.
 */
export function keptOf(outcome: Outcome, targets: number): Outcome {
  const share = Math.floor(keptOfStep / Math.max(targets, 1));
  const most = Math.max(keptLeast, Math.min(keptOfTarget, share));
  const { stdout, stderr, output } = outcome;
  return {
    ...outcome,
    ...(stdout === undefined ? {} : { stdout: stdout.slice(-most) }),
    ...(stderr === undefined ? {} : { stderr: stderr.slice(-most) }),
    ...(output === undefined
      ? {}
      : { output: keptOutput(output, targets > 1 ? most : Number.POSITIVE_INFINITY) }),
  };
}

/** A single target's output is kept whole, as the result of a function is. */
function keptOutput(output: unknown, most: number): unknown {
  if (typeof output === "string") return output.slice(-Math.min(most, keptOfTarget));
  if (sizeOf(output) <= most || typeof output !== "object" || output === null) return output;
  const cut = { ...output, body: null, isCut: true };
  return sizeOf(cut) <= most ? cut : { ...cut, headers: {} };
}

const sizeOf = (value: unknown) => JSON.stringify(value ?? null).length;
