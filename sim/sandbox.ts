import type { Job, Outcome } from "@pulse/schema/wire/job";
import type { Reply } from "./gateway.ts";
import type { Effect } from "./ledger.ts";
import type { Host } from "./sandbox-place.ts";
import { BrokenOff, brokenOff, outcomeOf, type Script, stoppedOutcome, writeScript } from "./user-code.ts";

/** Why a job is stopped. */
export type StopReason = "cancelled" | "disconnected" | "fenced";

/** Where it runs, and who hears of it. */
interface Around extends Host {
  /** It is over; of one that is gone with its process nobody hears. */
  ended(outcome: Outcome): void;
  /** An answer said that the execution was cancelled. */
  cancelled(): void;
}

/** One run of user code: its effect on the world begins when it is made, and lasts until it ends. */
export class Sandbox {
  readonly effect: Effect;
  readonly #job: Job;
  readonly #host: Around;
  readonly #script: Script;
  #cancelEnd: () => void;
  #isStopping = false;
  #stream: ReadableStreamDefaultController<Uint8Array> | null = null;
  #bytes = 0;
  /** How the response that went ahead arrived; null: on its way. */
  #sent: Reply<unknown> | null = null;
  /** Waits for that. */
  #report: (() => void) | null = null;

  constructor(job: Job, host: Around) {
    const { world, machine } = host;
    const { execution, fence, attempt, delivery } = job;
    this.#job = job;
    this.#host = host;
    this.#script = writeScript(world.scripts, world.hasLongWork);
    this.effect = {
      execution,
      fence,
      attempt,
      delivery,
      runner: machine.id,
      process: host.process,
      startedAt: world.schedule.now(),
      endedAt: null,
      isExcused: host.isFrozen() || machine.processes > 1,
    };
    world.ledger.effects.push(this.effect);
    world.trace.note(`${machine.id} #${host.process} runs ${execution}.${fence}`);
    const isLate = this.#script.runMs > job.timeoutMs;
    this.#cancelEnd = host.clock.after(isLate ? job.timeoutMs : this.#script.runMs, () =>
      this.#finish(isLate),
    );
    if (this.#script.chunks > 0) this.#respond();
    if (world.scripts.chance(0.2)) this.#log();
  }

  /** SIGTERM, then whatever it takes it to end. */
  stop(reason: StopReason): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#cancelEnd();
    const { clock, ended, world, machine, process } = this.#host;
    const { execution, fence } = this.#job;
    this.#cancelEnd = clock.after(this.#script.stopMs, () => {
      this.end();
      world.trace.note(`${machine.id} #${process} stopped ${execution}.${fence}, ${reason}`);
      ended(stoppedOutcome("cancelled"));
    });
  }

  /** It is gone, at once. */
  end(): void {
    if (this.effect.endedAt !== null) return;
    this.effect.endedAt = this.#host.world.schedule.now();
    this.#cancelEnd();
    this.#stream?.error(new BrokenOff("the sandbox is gone"));
    this.#stream = null;
  }

  #finish(isLate: boolean): void {
    const { scripts } = this.#host.world;
    const isStreamed = this.#script.chunks > 0;
    if (isLate || this.#script.ends !== "well") this.#stream?.error(new BrokenOff("it failed"));
    else this.#stream?.close();
    this.#stream = null;
    this.end();
    const streamed = isStreamed ? { bytes: this.#bytes } : null;
    const outcome = isLate ? stoppedOutcome("timed_out") : outcomeOf(this.#script, streamed, scripts);
    this.#report = () => {
      const arrived = !isStreamed || this.#sent?.kind === "answer" || outcome.status !== "succeeded";
      this.#host.ended(arrived ? outcome : brokenOff(this.#sent));
    };
    if (!isStreamed || this.#sent !== null) this.#report();
  }

  /** Streams the response while the code runs: the head at once, a chunk now and then. */
  #respond(): void {
    const { world, machine, clock, line } = this.#host;
    const { execution, fence } = this.#job;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#stream = controller;
      },
      cancel: () => {
        this.#stream = null;
      },
    });
    for (let i = 1; i <= this.#script.chunks; i++) {
      clock.after((Math.min(this.#script.runMs, 5000) / (this.#script.chunks + 1)) * i, () => {
        if (this.#stream === null) return;
        const chunk = new Uint8Array([i]);
        this.#bytes += chunk.length;
        this.#stream.enqueue(chunk);
      });
    }
    const holder = { runner: machine.id, epoch: line.epoch };
    const head = { status: 200, headers: [] };
    world.network.call({
      link: machine.link,
      label: `#${this.#host.process} response of ${execution}.${fence}`,
      timeoutMs: 300_000,
      mayRepeat: false,
      serve: (hub, signal) => hub.response({ holder, execution, fence, head, body }, signal),
      done: (reply) =>
        clock.soon(() => {
          this.#sent = reply;
          this.#report?.();
        }),
    });
  }

  /** A chunk of its log goes up; the answer may say that it was cancelled. */
  #log(): void {
    const { world, machine, clock, line, cancelled } = this.#host;
    const { execution, fence } = this.#job;
    const holder = { runner: machine.id, epoch: line.epoch };
    const call = { holder, execution, fence };
    world.network.call({
      link: machine.link,
      label: `#${this.#host.process} logs of ${execution}.${fence}`,
      timeoutMs: 15_000,
      mayRepeat: true,
      serve: async (hub) => {
        await hub.holding(call);
        return await hub.logged({ holder, id: execution, fence });
      },
      done: (reply) => {
        if (reply.kind !== "answer" || !reply.value.cancelled) return;
        clock.soon(cancelled);
      },
    });
  }
}
