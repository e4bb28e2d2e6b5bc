import { ProblemError } from "@pulse/schema/problem";
import type { Completion } from "@pulse/schema/wire/runner-protocol";
import { leaseNumbers } from "@pulse/schema/wire/runner-protocol";
import { Agent, supersededExit } from "../runner/src/agent.ts";
import type { Clock } from "../runner/src/clock.ts";
import type { StartRenewals } from "../runner/src/leases.ts";
import { Gate } from "../runner/src/policy/gate.ts";
import { RenewalBoard } from "../runner/src/renewal/board.ts";
import { Renewals } from "../runner/src/renewal/renewals.ts";
import { Running } from "../runner/src/running.ts";
import type { Faults } from "./faults.ts";
import type { Gateway } from "./gateway.ts";
import { KeptOutcomes } from "./kept-outcomes.ts";
import type { Ledger } from "./ledger.ts";
import type { Link, Network } from "./network.ts";
import type { Random } from "./random.ts";
import { RunnerLine } from "./runner-line.ts";
import { SandboxPlace } from "./sandbox-place.ts";
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

const drainMs = 15_000;
const facts = { os: "linux", arch: "x64", cpus: 1, memoryBytes: 2 ** 30, hostname: "simulated" };
const gate = new Gate({
  path: null,
  gateway: "http://pulse.example.test",
  sandbox: "process",
  commands: { mode: "deny", dir: "/nowhere", requests: "none" },
  say: () => undefined,
});

/** One process life of a runner: the shipped agent over a simulated world, until it ends, is killed, or frozen for a while. */
export class RunnerProcess {
  readonly number: number;
  readonly machine: Machine;
  readonly #world: RunnerWorld;
  readonly #bootAt: number;
  /** How fast its monotonic clock goes. */
  readonly #rate: number;
  readonly #running: Running;
  readonly #line: RunnerLine;
  readonly #place: SandboxPlace;
  readonly #agent: Agent;
  readonly #onEnd: (code: number | null) => void;
  #frozenUntil = 0;
  #isLeaving = false;
  isOver = false;

  constructor(world: RunnerWorld, machine: Machine, number: number, onEnd: (code: number | null) => void) {
    const { random, faults, schedule, trace } = world;
    this.#world = world;
    this.machine = machine;
    this.number = number;
    this.#onEnd = onEnd;
    this.#bootAt = schedule.now();
    this.#rate = faults.rate("clock drift") > 0 ? 0.97 + 0.06 * random.next() : 1;
    const clock: Clock = {
      now: () => (schedule.now() - this.#bootAt) * this.#rate,
      after: (ms, callback) => this.#later(ms, callback),
      soon: (callback) => void this.#later(0, callback),
      random: () => random.next(),
    };
    const instanceId = `${machine.id}#${number}`;
    const say = (line: string) => trace.note(`${instanceId} says: ${line}`);
    const line = new RunnerLine(world, { machine, number, clock, rate: this.#rate });
    this.#line = line;
    this.#running = new Running(new RenewalBoard(undefined, clock.now));
    this.#place = new SandboxPlace({
      ...{ world, machine, line, clock, instanceId },
      process: number,
      isFrozen: () => this.#isFrozen,
    });
    this.#agent = new Agent({
      ...{ clock, link: line, running: this.#running, gate, instanceId, facts, drainMs, say },
      ...{ slots: machine.slots, spool: new KeptOutcomes(machine), workplace: this.#place },
      metrics: () => undefined,
      startRenewals: this.#renewalsOver(clock),
    });
    this.#later(0, () => this.#run());
  }

  get held(): number {
    return this.isOver ? 0 : this.#running.size;
  }

  /** Whether the gateway knows it and it serves. */
  get isActive(): boolean {
    return !this.isOver && this.#line.epoch > 0 && !this.#isLeaving && !this.#isFrozen;
  }

  /** Asks it to leave. */
  drain(): void {
    this.#later(0, () => {
      this.#isLeaving = true;
      this.#agent.drain();
    });
  }

  /** The host stands still; code that runs on it too. */
  freeze(ms: number): void {
    this.#frozenUntil = Math.max(this.#frozenUntil, this.#world.schedule.now() + ms);
    this.excuse();
  }

  /** What runs here may overlap with what runs elsewhere: the documented exceptions. */
  excuse(): void {
    this.#place.excuse();
  }

  /** Ends it as `kill -9` would, with everything it started. */
  kill(): void {
    this.#end(null);
  }

  get #isFrozen(): boolean {
    return this.#frozenUntil > this.#world.schedule.now();
  }

  #run(): void {
    const { ledger } = this.#world;
    this.#agent.run().then(
      () => {
        if (this.isOver) return;
        ledger.count("runners that left");
        this.#end(0);
      },
      (error: unknown) => {
        if (this.isOver) return;
        const isSuperseded = error instanceof ProblemError && error.code === "session_superseded";
        if (isSuperseded) ledger.count("runners superseded");
        else
          ledger.violate("no error of its own", error instanceof Error ? String(error.stack) : String(error));
        this.#end(isSuperseded ? supersededExit : 1);
      },
    );
  }

  #end(code: number | null): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#place.end();
    this.#onEnd(code);
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

  /** What the renewal thread runs, on a clock that stops when the thread is ended. */
  #renewalsOver(clock: Clock): StartRenewals {
    return ({ board, renewEveryMs, onMessage }) => {
      let isEnded = false;
      const over = Promise.withResolvers<void>();
      const renewals = new Renewals({
        board,
        connect: () => this.#line.renewals(),
        ...{ everyMs: renewEveryMs, timeoutMs: leaseNumbers.renewTimeoutMs },
        tell: (message) => clock.soon(() => isEnded || onMessage(message)),
        endSandboxes: () => this.#place.end(),
        clock: { ...clock, after: (ms, act) => clock.after(ms, () => isEnded || act()) },
      });
      return {
        tell({ token, renewEveryMs: everyMs, now }) {
          if (token !== undefined) renewals.token = token;
          if (everyMs !== undefined) renewals.everyMs = everyMs;
          if (now === true) renewals.now();
        },
        end() {
          isEnded = true;
          over.resolve();
        },
        over: over.promise,
      };
    };
  }
}
