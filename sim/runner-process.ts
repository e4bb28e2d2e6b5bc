import type { Completion } from "@pulse/schema/wire/runner-protocol";
import type { Faults } from "./faults.ts";
import type { Gateway, Reply } from "./gateway.ts";
import type { Ledger } from "./ledger.ts";
import type { Link, Network } from "./network.ts";
import type { Random } from "./random.ts";
import { serveRunnerCall } from "./runner-calls.ts";
import type { RunnerCall, RunnerEffect, RunnerEvent } from "./runner-events.ts";
import { newRunner, type RunnerState, step } from "./runner-machine.ts";
import { Sandbox } from "./sandbox.ts";
import type { Schedule } from "./schedule.ts";
import type { Trace } from "./trace.ts";

/** What a runner's process needs of its seed. */
export interface RunnerWorld {
  schedule: Schedule;
  random: Random;
  /** Decides what user code does, whatever else happens. */
  scripts: Random;
  faults: Faults;
  network: Network;
  gateway: Gateway;
  ledger: Ledger;
  trace: Trace;
  neverFences: boolean;
  /** Code runs for minutes, longer than leases. */
  hasLongWork: boolean;
}

/** A machine that runs a runner: what outlives its processes. */
export interface Machine {
  id: string;
  pool: string;
  slots: number;
  link: Link;
  /** Outcomes on its disk. */
  spool: Completion[];
  /** How many processes run with its key. */
  processes: number;
}

const syncSlackMs = 15_000;
const otherTimeoutMs = 15_000;
const renewTimeoutMs = 4000;

/** One process life of a runner: carries out what its machine of states says, until it ends, is killed, or frozen for a while. */
export class RunnerProcess {
  readonly number: number;
  readonly machine: Machine;
  readonly #world: RunnerWorld;
  readonly #state: RunnerState;
  readonly #bootAt: number;
  /** How fast its monotonic clock goes. */
  readonly #rate: number;
  readonly #sandboxes = new Set<Sandbox>();
  readonly #instanceId: string;
  readonly #onEnd: (code: number | null) => void;
  #frozenUntil = 0;
  isOver = false;

  constructor(world: RunnerWorld, machine: Machine, number: number, onEnd: (code: number | null) => void) {
    const { random, faults, schedule } = world;
    this.#world = world;
    this.machine = machine;
    this.number = number;
    this.#onEnd = onEnd;
    this.#bootAt = schedule.now();
    this.#rate = faults.rate("clock drift") > 0 ? 0.97 + 0.06 * random.next() : 1;
    this.#instanceId = `${machine.id}#${number}`;
    this.#state = newRunner(machine.slots, [...machine.spool], world.neverFences);
    this.#happens({ type: "boot" });
  }

  get held(): number {
    return this.#state.jobs.size;
  }

  /** Whether the gateway knows it and it serves. */
  get isActive(): boolean {
    return !this.isOver && this.#state.phase === "active" && !this.#isFrozen;
  }

  /** Asks it to leave. */
  drain(): void {
    this.#later(0, () => this.#happens({ type: "drain" }));
  }

  /** The host stands still; code that runs on it too. */
  freeze(ms: number): void {
    this.#frozenUntil = Math.max(this.#frozenUntil, this.#world.schedule.now() + ms);
    this.excuse();
  }

  /** What runs here may overlap with what runs elsewhere: the documented exceptions. */
  excuse(): void {
    for (const { effect } of this.#sandboxes) effect.isExcused = true;
  }

  /** Ends it as `kill -9` would, with everything it started. */
  kill(): void {
    if (this.isOver) return;
    this.isOver = true;
    for (const sandbox of this.#sandboxes) sandbox.end();
    this.#sandboxes.clear();
    this.#onEnd(null);
  }

  get #isFrozen(): boolean {
    return this.#frozenUntil > this.#world.schedule.now();
  }

  get #now(): number {
    return (this.#world.schedule.now() - this.#bootAt) * this.#rate;
  }

  /** Runs `act` after `ms` of its own clock, or once it is no longer frozen; never when it is over. */
  #later(ms: number, act: () => void): () => void {
    const { schedule } = this.#world;
    let cancel = schedule.after(ms / this.#rate, () => this.#whenAwake((again) => (cancel = again), act));
    return () => cancel();
  }

  #whenAwake(setCancel: (cancel: () => void) => void, act: () => void): void {
    if (this.isOver) return;
    const { schedule } = this.#world;
    const asleepMs = this.#frozenUntil - schedule.now();
    if (asleepMs > 0) setCancel(schedule.after(asleepMs, () => this.#whenAwake(setCancel, act)));
    else act();
  }

  #happens(event: RunnerEvent): void {
    if (this.isOver) return;
    for (const effect of step(this.#state, event, this.#now, this.#world.random.next())) this.#do(effect);
  }

  #do(effect: RunnerEffect): void {
    const { ledger } = this.#world;
    switch (effect.do) {
      case "call":
        this.#call(effect.call);
        break;
      case "timer":
        this.#later(effect.ms, () => this.#happens({ type: "timer", name: effect.name }));
        break;
      case "run":
        this.#sandboxes.add(
          new Sandbox(effect.job, {
            world: this.#world,
            machine: this.machine,
            process: this.number,
            epoch: this.#state.epoch,
            isFrozen: () => this.#isFrozen,
            later: (ms, act) => this.#later(ms, act),
            happens: (event) => this.#happens(event),
            left: (sandbox) => this.#sandboxes.delete(sandbox),
          }),
        );
        break;
      case "kill":
        if (effect.reason === "fenced") ledger.count("jobs stopped without a lease");
        for (const one of this.#sandboxes)
          if (one.is(effect.execution, effect.fence)) one.stop(effect.reason);
        break;
      case "keep":
        this.machine.spool.push(effect.completion);
        break;
      case "drop":
        this.machine.spool = this.machine.spool.filter(
          (one) => one.execution !== effect.execution || one.fence !== effect.fence,
        );
        break;
      case "exit":
        this.isOver = true;
        ledger.count(effect.code === 78 ? "runners superseded" : "runners that left");
        for (const sandbox of this.#sandboxes) sandbox.end();
        this.#sandboxes.clear();
        this.#onEnd(effect.code);
        break;
    }
  }

  #call(call: RunnerCall): void {
    const { network, gateway } = this.#world;
    const sentAt = this.#now;
    const own =
      call.kind === "sync"
        ? call.waitMs + syncSlackMs
        : call.kind === "renew"
          ? renewTimeoutMs
          : otherTimeoutMs;
    const { epoch } = this.#state;
    network.call<RunnerEvent>({
      link: this.machine.link,
      label: `#${this.number} ${labelOf(call)}`,
      timeoutMs: own / this.#rate,
      mayRepeat: true,
      serve: (hub, signal) =>
        serveRunnerCall(
          { hub, gateway, ledger: this.#world.ledger, later: this.#world.schedule.after },
          { machine: this.machine, epoch, instanceId: this.#instanceId, sentAt },
          call,
          signal,
        ),
      done: (reply) => this.#later(0, () => this.#answered(call, reply)),
    });
  }

  #answered(call: RunnerCall, reply: Reply<RunnerEvent>): void {
    if (reply.kind === "answer") {
      if (reply.value.type === "completed") this.#noteCompleted(reply.value);
      this.#happens(reply.value);
    } else {
      this.#happens({ type: "failed", call, code: reply.kind === "problem" ? reply.problem.code : null });
    }
  }

  #noteCompleted({ answer, outcomes }: Extract<RunnerEvent, { type: "completed" }>): void {
    const { ledger, schedule } = this.#world;
    outcomes.forEach(({ execution, fence, outcome }, i) => {
      const result = answer.results[i]?.result;
      if (result === "ok") ledger.completed.push({ execution, fence, outcome, at: schedule.now() });
      else ledger.count("outcomes refused by the fence");
    });
  }
}

function labelOf(call: RunnerCall): string {
  switch (call.kind) {
    case "sync":
      return `sync ${call.n} free ${call.free} holds ${named(call.running)}`;
    case "renew":
      return `renew ${named(call.running)}`;
    case "complete":
      return `complete ${call.outcomes.map((one) => `${named([one])} ${one.outcome.status}`).join(" ")}`;
    case "start":
    case "release":
      return `${call.kind} ${named([call])}`;
    default:
      return call.kind;
  }
}

function named(held: readonly { execution: string; fence: number }[]): string {
  return `[${held.map(({ execution, fence }) => `${execution}.${fence}`).join(" ")}]`;
}
