import type { Random } from "./random.ts";
import { type Machine, RunnerProcess, type RunnerWorld } from "./runner-process.ts";

/** The runners of a seed: their machines, the processes on them, and what befalls them. */
export class SimFleet {
  readonly machines: Machine[];
  readonly #world: RunnerWorld;
  readonly #random: Random;
  readonly #processes = new Set<RunnerProcess>();
  #started = 0;
  /** Processes that end are started again. */
  keepsRunning = true;

  /** Every pool has a runner at least. */
  constructor(world: RunnerWorld, random: Random, pools: readonly string[]) {
    this.#world = world;
    this.#random = random;
    const count = Math.max(pools.length, random.between(1, 4));
    this.machines = Array.from({ length: count }, (_, i) => ({
      id: `r${i}`,
      pool: pools[i % pools.length] ?? "default",
      slots: random.between(1, 4),
      link: { name: `r${i}`, up: true, down: true },
      spool: [],
      processes: 0,
    }));
    for (const { id, slots, pool } of this.machines) {
      world.gateway.runners.set(id, {
        id,
        project: "default",
        name: id,
        pool,
        labels: {},
        epoch: 0,
        instanceId: null,
        arch: "x64",
        runtimes: ["typescript"],
        capabilities: ["process"],
        slots,
        state: "active",
        preparing: null,
      });
    }
  }

  /** The slots of a pool's runners. */
  slotsOf(pool: string): number {
    return this.machines.reduce((sum, one) => sum + (one.pool === pool ? one.slots : 0), 0);
  }

  get processes(): RunnerProcess[] {
    return [...this.#processes];
  }

  /** Every machine has a process that serves. */
  get isWhole(): boolean {
    return this.machines.every((machine) =>
      this.processes.some((one) => one.machine === machine && one.isActive),
    );
  }

  startAll(): void {
    for (const machine of this.machines) this.start(machine);
  }

  /** Starts a process; when it ends, another follows. */
  start(machine: Machine): RunnerProcess {
    this.#started += 1;
    machine.processes += 1;
    const process = new RunnerProcess(this.#world, machine, this.#started, (code) => {
      this.#processes.delete(process);
      machine.processes -= 1;
      const others = this.processes.some((one) => one.machine === machine);
      // A superseded process stays away; whoever supervises the rest starts it again.
      if (!this.keepsRunning || (code === 78 && others)) return;
      this.#world.schedule.after(this.#random.spread(100, 60_000), () => {
        if (this.keepsRunning && !this.processes.some((one) => one.machine === machine)) this.start(machine);
      });
    });
    this.#processes.add(process);
    return process;
  }

  /** One process that runs now, or null. */
  pick(): RunnerProcess | null {
    const { processes } = this;
    return processes.length === 0 ? null : this.#random.pick(processes);
  }

  /** Kills a process; with `losesSuffix`, what it wrote last never reached its disk. */
  kill(process: RunnerProcess, losesSuffix: boolean): void {
    const { machine } = process;
    if (losesSuffix) machine.spool = machine.spool.slice(0, this.#random.below(machine.spool.length + 1));
    process.kill();
  }

  /** The machine's image starts a second time, with the same key and a copy of its disk. */
  clone(process: RunnerProcess): void {
    for (const one of this.processes) if (one.machine === process.machine) one.excuse();
    this.start(process.machine);
  }
}
