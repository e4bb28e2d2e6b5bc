import type { Job } from "@pulse/schema/wire/job";
import type { Holding } from "@pulse/schema/wire/runner-protocol";
import type { Running, RunningJob } from "./running.ts";
import type { Workplace } from "./workplace.ts";

type InFlight = (Holding & { state: "running" | "finished" })[];

/** What goes on over the end of a process: taken over from the one before, and left to the next. */
export class HandedOn {
  readonly #workplace: Workplace;
  readonly #running: Running;
  readonly #say: (line: string) => void;
  /** From before this start, until the gateway has said what is to become of it. */
  #fromBefore: Job[] = [];
  #hasLeft = false;

  constructor(parts: { workplace: Workplace; running: Running; say: (line: string) => void }) {
    this.#workplace = parts.workplace;
    this.#running = parts.running;
    this.#say = parts.say;
  }

  /** Something was left to the next process, which a farewell to the gateway would end. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** Finds what goes on from before this start, and ends the rest. */
  async find(): Promise<void> {
    this.#fromBefore = await this.#workplace.clear();
  }

  /** What is in flight: what the spool knows of, and what goes on. */
  inFlight(spooled: InFlight): InFlight {
    const goesOn = new Set(this.#fromBefore.map(({ execution }) => execution));
    return [
      ...spooled.filter(({ execution }) => !goesOn.has(execution)),
      ...this.#fromBefore.map(({ execution, fence }) => ({ execution, fence, state: "running" as const })),
    ];
  }

  /** Goes on with what the gateway still wants, and resolves when the rest has ended. */
  async goOn(
    reconcile: readonly (Holding & { action: string })[],
    run: (one: RunningJob) => void,
  ): Promise<void> {
    const wanted = new Set(
      reconcile.flatMap(({ execution, fence, action }) =>
        action === "continue" ? [`${execution}.${fence}`] : [],
      ),
    );
    const unwanted: Job[] = [];
    for (const job of this.#fromBefore.splice(0)) {
      const one = wanted.has(`${job.execution}.${job.fence}`) ? this.#running.add(job) : null;
      if (one !== null) run(one);
      else unwanted.push(job);
    }
    for (const job of unwanted)
      this.#say(`${job.execution} is ended: the gateway does not wait for it any more`);
    await Promise.all(unwanted.map((job) => this.#workplace.giveUp(job)));
  }

  /** Leaves a job to the next process, where it can be. */
  leave(one: RunningJob): void {
    if (one.isFinished || !this.#workplace.leave(one.job)) return;
    this.#say(`${one.job.execution} is left to the next process of this runner`);
    one.isLeft = true;
    this.#hasLeft = true;
  }
}
