import { afterEach, beforeEach, vi } from "vitest";
import type { CellSpec } from "../sandbox.ts";
import { type ScriptedCell, ScriptedSandbox } from "../scripted-sandbox.suite.ts";
import type { Lease, Load, Taken, Use, Version } from "./warm-cell.ts";
import { type PoolOptions, WarmPool } from "./warm-pool.ts";

export const never = new AbortController().signal;
export const spec: CellSpec = {
  ...{ runtime: "typescript", memory: 1, cpus: 1 },
  ...{ egress: "open", project: "prj_1" },
};
export const use: Use = { concurrency: 1, keepAliveMs: 60_000, reuse: true };

/** Loads as a runtime that is ready at once. */
export const load: Load = (cell, conversation, signal) => {
  const loading = conversation.load({}, () => undefined, signal);
  (cell as ScriptedCell).ready(); // The scripted sandbox makes no others.
  return loading;
};

/** The slot of a call that got one. */
export function leaseOf(taken: Taken): Lease {
  if (!("warm" in taken)) throw new Error("no slot");
  return taken;
}

/** Lets everything happen that waits for nothing but its turn. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Lets a few rounds of that pass. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await turn();
}

/** A version of a test. */
export const versionOf = (key: string, more: Partial<Use> = {}, of = spec): Version => ({
  ...{ key, spec: of, use: { ...use, ...more } },
  load,
});

/** A pool over scripted cells, on a clock that moves only when told to. */
export interface PoolWorld {
  sandbox: ScriptedSandbox;
  pool: WarmPool;
  take(key?: string, more?: Partial<Use>, of?: CellSpec): Promise<Lease>;
  pass(ms: number): Promise<void>;
  /** Cells that have not ended. */
  alive(): ScriptedCell[];
}

/** A world of its own for each test of the file. */
export function poolOfEach(options: Partial<PoolOptions> = {}): () => PoolWorld {
  let world: PoolWorld;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const sandbox = new ScriptedSandbox();
    const all = { budgetBytes: null, idleMost: 4, availableBytes: () => 2 ** 40, ...options };
    const pool = new WarmPool(sandbox, all);
    world = {
      sandbox,
      pool,
      take: async (key = "ver_1", more = {}, of = spec) =>
        leaseOf(await pool.take(versionOf(key, more, of), never)),
      async pass(ms) {
        await settle();
        await vi.advanceTimersByTimeAsync(ms);
        await settle();
      },
      alive: () => sandbox.cells.filter(({ isDestroyed }) => !isDestroyed),
    };
  });
  afterEach(async () => {
    vi.useRealTimers();
    await world.pool.stop();
    await world.sandbox.stop();
  });
  return () => world;
}
