import type { Ending } from "../conversation.ts";
import type { CallError } from "../outcome.ts";
import type { Ready } from "../runtime-frames.ts";
import type { CellSpec } from "../sandbox.ts";
import type { Stem, StemCells } from "./stem-cells.ts";
import type { Load, Loaded } from "./warm-cell.ts";

const prepareMs = 120_000;

/** A cell that has loaded its version, and how long that took. */
export interface Filled {
  fresh: Stem;
  ready: Ready;
  start: "stem" | "cold";
  startMs: number;
}

interface Filling {
  spec: CellSpec;
  load: Load;
  isUrgent: () => boolean;
}

/** Takes a stem cell and loads code into it, within 120 s. What does not load is ended. Its room is counted in `filling` meanwhile. Throws the signal's reason, or why none could be started. */
export async function fillCell(
  stems: StemCells,
  { spec, load, isUrgent }: Filling,
  filling: Set<CellSpec>,
  signal: AbortSignal,
): Promise<Filled | { error: CallError } | { ending: Ending }> {
  const place = { ...spec };
  filling.add(place);
  try {
    return await fill(stems, { spec, load, isUrgent }, signal);
  } finally {
    filling.delete(place);
  }
}

async function fill(
  stems: StemCells,
  { spec, load, isUrgent }: Filling,
  signal: AbortSignal,
): Promise<Filled | { error: CallError } | { ending: Ending }> {
  const begun = performance.now();
  const limit = AbortSignal.timeout(prepareMs);
  const limited = AbortSignal.any([signal, limit]);
  const { start, ...fresh } = await stems.take(spec, isUrgent, limited);
  const startMs = performance.now() - begun;
  let ready: Loaded;
  try {
    ready = await load(fresh.cell, fresh.conversation, limited);
  } catch (error) {
    await fresh.cell.destroy();
    if (!limit.aborted || signal.aborted) throw error;
    return { error: { code: "init_error", message: `did not load within ${prepareMs / 1000} s` } };
  }
  if (!("error" in ready) && !("ending" in ready)) return { fresh, ready, start, startMs };
  await fresh.cell.destroy();
  return ready;
}
