import type { Hub } from "../gateway/src/hub.ts";
import type { Faults } from "./faults.ts";
import type { Gateway, Reply } from "./gateway.ts";
import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";
import type { Trace } from "./trace.ts";

/** The way between one machine and the gateway. */
export interface Link {
  name: string;
  /** Whether requests pass. */
  up: boolean;
  /** Whether answers pass. */
  down: boolean;
}

/** A call of the gateway from outside. */
export interface Call<T> {
  link: Link;
  label: string;
  /** The caller gives up after this, milliseconds. */
  timeoutMs: number;
  /** A request of HTTP that may arrive twice: some box on the way sends it again. */
  mayRepeat: boolean;
  serve: (hub: Hub, signal: AbortSignal) => Promise<T>;
  done: (reply: Reply<T>) => void;
}

/** Carries calls: late, twice, in another order, or not at all. */
export class Network {
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #faults: Faults;
  readonly #gateway: Gateway;
  readonly #trace: Trace;

  constructor(world: { schedule: Schedule; faults: Faults; trace: Trace }, random: Random, gateway: Gateway) {
    this.#schedule = world.schedule;
    this.#faults = world.faults;
    this.#trace = world.trace;
    this.#random = random;
    this.#gateway = gateway;
  }

  /** Makes a call; `done` hears of it exactly once. */
  call<T>({ link, label, timeoutMs, mayRepeat, serve, done }: Call<T>): void {
    const left = new AbortController();
    let isDone = false;
    const end = (reply: Reply<T>) => {
      if (isDone) return;
      isDone = true;
      stopTimer();
      const heard = reply.kind === "problem" ? reply.problem.code : reply.kind;
      this.#trace.note(`${link.name} ${label}: ${heard}`);
      done(reply);
      // The gateway may never notice that its caller is gone.
      if (reply.kind === "silence" && this.#random.chance(0.7))
        left.abort(new DOMException("gone", "AbortError"));
    };
    const stopTimer = this.#schedule.after(timeoutMs, () => end({ kind: "silence" }));
    const copies = mayRepeat && this.#faults.strikes("duplicate", 0.2) ? 2 : 1;
    for (let i = 0; i < copies; i++) this.#send(link, label, serve, left.signal, end);
  }

  #send<T>(
    link: Link,
    label: string,
    serve: Call<T>["serve"],
    signal: AbortSignal,
    end: (reply: Reply<T>) => void,
  ): void {
    this.#schedule.after(this.#delay(), () => {
      if (!link.up || this.#faults.strikes("drop", 0.2)) return;
      this.#gateway.serve(
        label,
        (hub) => serve(hub, signal),
        (reply) =>
          this.#schedule.after(this.#delay(), () => {
            if (link.down && !this.#faults.strikes("drop", 0.2)) end(reply);
          }),
      );
    });
  }

  #delay(): number {
    return this.#faults.strikes("delay", 0.3) ? this.#random.spread(10, 20_000) : this.#random.between(1, 40);
  }
}
