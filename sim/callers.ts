import { isTerminal } from "@pulse/schema/status";
import type { Hub, Invoked } from "../gateway/src/hub.ts";
import { executionOf, makeFunctions, makeRequest, type Request, type SimFunction } from "./calls.ts";
import type { Faults } from "./faults.ts";
import type { Reply } from "./gateway.ts";
import type { Asked, Ledger } from "./ledger.ts";
import type { Link, Network } from "./network.ts";
import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";
import type { Trace } from "./trace.ts";

/** What callers need of their seed. */
export interface CallerWorld {
  schedule: Schedule;
  random: Random;
  faults: Faults;
  network: Network;
  ledger: Ledger;
  trace: Trace;
}

const triesMost = 6;

/** Everybody who calls functions: asks, waits or does not, asks again with the same key, cancels, looks, and runs again. */
export class Callers {
  readonly functions: SimFunction[];
  readonly #world: CallerWorld;
  readonly #link: Link = { name: "caller", up: true, down: true };
  #made = 0;
  /** Requests that have not come to an end for their caller. */
  open = 0;
  /** Callers cancel, look and run again what they were told of. */
  followsUp = true;

  /** `places` draws in which of the pools each function is. */
  constructor(world: CallerWorld, hasLongWork: boolean, places: Random, pools: readonly string[]) {
    this.#world = world;
    this.functions = makeFunctions(world.random, hasLongWork, places, pools);
  }

  get caps(): Map<string, number> {
    return new Map(
      this.functions.flatMap(({ name, cap }) => (cap === null ? [] : [[`fn_${name}`, cap.max]])),
    );
  }

  /** Plans `count` requests within `spanMs`, in bursts and alone. */
  plan(count: number, spanMs: number): void {
    const { random, schedule } = this.#world;
    for (let i = 0; i < count; ) {
      const at = random.below(spanMs);
      const burst = random.chance(0.3) ? random.between(2, 5) : 1;
      for (let j = 0; j < burst && i < count; j++, i++) {
        const request = makeRequest(this.functions, random, count);
        schedule.after(at + random.below(50), () => this.#request(request));
      }
    }
  }

  /** Asks for an asynchronous run of this function now; its caller hears whether it was accepted. */
  ask(of: SimFunction): void {
    this.#request({ of, mode: "async", idempotencyKey: null, delayMs: 0 });
  }

  #request(request: Request): void {
    const { ledger } = this.#world;
    const asked: Asked = {
      ids: [],
      mode: request.mode,
      // Keys of different functions do not meet.
      idempotencyKey: request.idempotencyKey === null ? null : `${request.of.name}/${request.idempotencyKey}`,
      retryAttempts: request.mode === "sync" ? 1 : (request.of.retry?.attempts ?? 1),
      capKey: request.of.cap === null ? null : `fn_${request.of.name}`,
      delivery: request.of.delivery,
      onLost: request.of.onLost,
    };
    ledger.asked.push(asked);
    this.open += 1;
    this.#try(request, asked, 1);
  }

  #try(request: Request, asked: Asked, tries: number): void {
    const { network, schedule, random } = this.#world;
    const waitMs = request.mode === "sync" ? request.of.timeoutMs + 30_000 + 195_000 : 0;
    // Some callers have less patience than the gateway.
    const leavesEarly = request.mode === "sync" && random.chance(0.2);
    const timeoutMs = leavesEarly ? random.spread(1000, 60_000) : waitMs + 20_000;
    network.call<Invoked>({
      link: this.#link,
      label: `asks for ${request.of.name} ${request.mode} ${request.idempotencyKey ?? ""}`,
      timeoutMs,
      mayRepeat: request.idempotencyKey !== null,
      serve: (hub, signal) => this.#serve(hub, request, asked, waitMs, schedule.now(), signal),
      done: (reply) => this.#answered(request, asked, tries, reply),
    });
  }

  /** What the HTTP half does of a call: makes the execution, asks the hub, joins the holder of the key. */
  async #serve(
    hub: Hub,
    request: Request,
    asked: Asked,
    waitMs: number,
    now: number,
    signal: AbortSignal,
  ): Promise<Invoked> {
    this.#made += 1;
    const id = `e${this.#made}`;
    asked.ids.push(id);
    this.#world.trace.note(`${id} is ${request.of.name} ${request.mode} ${request.idempotencyKey ?? ""}`);
    const invoked = await hub.invoke(
      { execution: executionOf(request, id, now), waitMs, body: null },
      signal,
    );
    if (invoked.kind !== "duplicate") return invoked;
    if (!invoked.matches)
      this.#world.ledger.violate("idempotency", `${id}: ${invoked.id} is another request`);
    if (request.mode === "async") return { kind: "accepted", id: invoked.id, status: "queued" };
    return await hub.wait({ id: invoked.id, waitMs }, signal);
  }

  #answered(request: Request, asked: Asked, tries: number, reply: Reply<Invoked>): void {
    const { ledger, schedule, random } = this.#world;
    if (reply.kind === "answer") {
      this.open -= 1;
      ledger.answers += 1;
      this.#heard(asked, reply.value);
      return;
    }
    const code = reply.kind === "problem" ? reply.problem.code : null;
    if (code !== null && !["unavailable", "over_capacity"].includes(code)) {
      ledger.violate("sync callers are answered", `a call was refused with ${code}`);
    }
    const again = tries < triesMost && (request.idempotencyKey !== null || random.chance(0.2));
    if (again) {
      schedule.after(random.spread(50, 10_000), () => this.#try(request, asked, tries + 1));
      return;
    }
    this.open -= 1;
    ledger.silences += 1;
  }

  #heard(asked: Asked, invoked: Invoked): void {
    const { ledger, schedule, random, trace } = this.#world;
    if (invoked.kind === "duplicate") return;
    const id = invoked.kind === "settled" ? invoked.execution.id : invoked.id;
    ledger.tell(id, asked);
    if (invoked.kind === "settled") {
      trace.note(`${id} is said to be ${invoked.execution.status}`);
      ledger.tellSettled(id, invoked.execution.status);
      if (!isTerminal(invoked.execution.status))
        ledger.violate("one terminal state", `${id} settled as ${invoked.execution.status}`);
    }
    if (invoked.kind === "streaming") void this.#read(invoked.body);
    if (!this.followsUp) return;
    if (random.chance(0.2)) schedule.after(random.spread(10, 60_000), () => this.#cancel(id));
    if (random.chance(0.2)) schedule.after(random.spread(10, 60_000), () => this.#wait(id, asked));
    // A replay is a new execution of the same request.
    const of = this.functions.find(({ name }) => asked.capKey === `fn_${name}`);
    if (invoked.kind === "settled" && of !== undefined && random.chance(0.1)) this.ask(of);
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const { ledger, random } = this.#world;
    const most = random.chance(0.2) ? random.below(3) : Number.POSITIVE_INFINITY;
    const reader = body.getReader();
    try {
      for (let chunks = 0; chunks < most; chunks++) {
        const { done } = await reader.read();
        if (done) return ledger.count("streams that arrived whole");
      }
      ledger.count("streams that their reader left");
      await reader.cancel();
    } catch {
      ledger.count("streams that broke off");
    }
  }

  #cancel(id: string): void {
    if (!this.followsUp) return;
    const { network, ledger, schedule } = this.#world;
    network.call({
      link: this.#link,
      label: `cancels ${id}`,
      timeoutMs: 30_000,
      mayRepeat: false,
      serve: (hub) => hub.cancel({ project: "default", id, reason: "cancelled" }),
      done: (reply) => {
        if (reply.kind === "answer") {
          ledger.count("cancels");
          ledger.cancelled.set(id, { status: reply.value.status, at: schedule.now() });
          if (reply.value.status === "cancelled") ledger.tellSettled(id, "cancelled");
        } else if (reply.kind === "problem" && reply.problem.code === "not_found") {
          ledger.violate(
            "accepted is never lost",
            `${id} was accepted, and is not found by its cancellation`,
          );
        }
      },
    });
  }

  #wait(id: string, asked: Asked): void {
    const { network, ledger } = this.#world;
    network.call<Invoked>({
      link: this.#link,
      label: `waits for ${id}`,
      timeoutMs: 60_000,
      mayRepeat: true,
      serve: (hub, signal) => hub.wait({ id, waitMs: 30_000 }, signal),
      done: (reply) => {
        if (reply.kind === "answer" && reply.value.kind === "settled") {
          ledger.tell(id, asked);
          ledger.tellSettled(id, reply.value.execution.status);
        }
        if (reply.kind === "problem" && reply.problem.code === "not_found") {
          ledger.violate("accepted is never lost", `${id} was accepted, and is not found`);
        }
      },
    });
  }
}
