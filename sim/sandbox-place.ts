import type { Job, Outcome } from "@pulse/schema/wire/job";
import { askToStart } from "../runner/src/ask-to-start.ts";
import type { Clock } from "../runner/src/clock.ts";
import type { Finished } from "../runner/src/completions.ts";
import type { Workplace } from "../runner/src/workplace.ts";
import type { RunnerLine } from "./runner-line.ts";
import type { Machine, RunnerWorld } from "./runner-process.ts";
import { Sandbox, type StopReason } from "./sandbox.ts";

/** The process that a sandbox is a part of. */
export interface Host {
  world: RunnerWorld;
  machine: Machine;
  process: number;
  line: RunnerLine;
  clock: Clock;
  instanceId: string;
  isFrozen(): boolean;
}

/** Where a simulated runner runs jobs: it asks at the gate, runs, and stops what is not its own any more. */
export class SandboxPlace implements Workplace {
  readonly runtimes = ["typescript"];
  readonly capabilities = ["process"];
  readonly #host: Host;
  readonly #sandboxes = new Set<Sandbox>();

  constructor(host: Host) {
    this.#host = host;
  }

  preparing(): null {
    return null;
  }

  warm(): string[] {
    return [];
  }

  onChange(): void {}

  /** Code in sandboxes ends with its runner. */
  async clear(): Promise<[]> {
    return [];
  }

  async giveUp(): Promise<void> {}

  leave(): boolean {
    return false;
  }

  joined(): void {}

  prewarm(): void {}

  async run(given: Job, stop: AbortController): Promise<Finished | null> {
    const { line: link, clock, instanceId, world } = this.#host;
    const { signal } = stop;
    const by = { link, clock, instanceId, warn: () => undefined };
    const job = given.delivery === "atMostOnce" ? await askToStart(given, by, signal) : given;
    if (job === null) return null;
    const { execution, fence } = job;
    const outcome = await this.#supervise(job, stop);
    if (signal.reason === "fenced") {
      world.ledger.count("jobs stopped without a lease");
      return null;
    }
    return {
      completion: { execution, fence, outcome },
      logsSent: async () => undefined,
      resendLogs: async (seq) => seq - 1,
    };
  }

  #supervise(job: Job, stop: AbortController): Promise<Outcome> {
    return new Promise((resolve) => {
      const sandbox = new Sandbox(job, {
        ...this.#host,
        ended: (outcome) => {
          this.#sandboxes.delete(sandbox);
          resolve(outcome);
        },
        cancelled: () => stop.abort("cancelled"),
      });
      this.#sandboxes.add(sandbox);
      const halt = () => sandbox.stop(stop.signal.reason as StopReason);
      if (stop.signal.aborted) halt();
      else stop.signal.addEventListener("abort", halt, { once: true });
    });
  }

  /** What runs here may overlap with what runs elsewhere. */
  excuse(): void {
    for (const { effect } of this.#sandboxes) effect.isExcused = true;
  }

  /** Everything is gone, at once. */
  end(): void {
    for (const sandbox of this.#sandboxes) sandbox.end();
    this.#sandboxes.clear();
  }

  async stop(): Promise<void> {
    this.end();
  }
}
