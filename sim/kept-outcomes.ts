import type { Completion, Holding } from "@pulse/schema/wire/runner-protocol";
import type { Leftovers } from "../runner/src/spool/leftovers.ts";
import type { Machine } from "./runner-process.ts";

/** Outcomes on the simulated disk of a machine. Logs never lie there, for none are sent over it. */
export class KeptOutcomes {
  readonly leftovers: Leftovers;
  readonly isTight = false;
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.leftovers = {
      finished: machine.spool.map((completion) => ({ completion, log: null })),
      broken: [],
    };
  }

  onChange(): void {}

  logOf(): never {
    throw new Error("no log lies on a simulated disk");
  }

  keep(completion: Completion): void {
    this.#machine.spool.push(completion);
  }

  async forget({ execution, fence }: Holding): Promise<void> {
    this.#machine.spool = this.#machine.spool.filter(
      (one) => one.execution !== execution || one.fence !== fence,
    );
  }

  async close(): Promise<void> {}
}
