import { timingSafeEqual } from "node:crypto";
import type { Client } from "@libsql/client";
import { ProblemError } from "@pulse/schema/problem";
import type { Core } from "../../core.ts";
import type { Hub } from "../../hub.ts";
import type { Log } from "../../ports.ts";
import { HubLost } from "../workers/hub-message.ts";
import { hubMethods, hubProblem, serveHub } from "../workers/hub-wire.ts";
import { patientHub } from "../workers/patient-hub.ts";
import { FarHub, hubPath } from "./far-hub.ts";
import { createOwnerRow, type Owner } from "./owner-row.ts";

const usualPace = {
  renewMs: 4000,
  lookMs: 1000,
  /** An owner that gave no sign of life for so long is taken for gone. */
  silentMs: 12_000,
  /** An owner trusts itself for so long after a sign of life it gave: less than the others wait. */
  certainMs: 10_000,
};
/** Looked for in the rows, by `patientHub`, where the hub goes away meanwhile. */
const waiting: ReadonlySet<keyof Hub> = new Set(["invoke", "wait"]);

/** How one gateway takes part in the hub of a database. */
export interface SharedHubOptions {
  client: Client;
  /** Where the others reach this one. */
  url: string;
  /** What the gateways of one database show each other. */
  secret: string;
  log: Log;
  /** How often it looks and how long it waits; the same for all gateways of a database. */
  pace?: typeof usualPace;
  /** Makes and starts the stateful half; every write it makes is fenced by the owner's epoch. */
  start(owner: Owner, onLost: () => void): Promise<{ core: Core; stop(): void }>;
}

type State =
  | { kind: "owner"; owner: Owner; core: Core; stop(): void; certainUntil: number; lost: AbortController }
  | { kind: "standby" | "stopped" };

/**
 * One hub for all gateways of a database. One of them owns it and gives a sign of life every 4 s; the others pass calls on to it and watch.
 * standby → owner when the owner was silent for 12 s by the watcher's own clock, or left, and the row could be taken in the state it was last seen in;
 * owner → standby when a sign of life or a write finds another owner. An owner that could give no sign of life for 10 s answers nothing from its memory until it could.
 * Whoever waits for an answer when the hub moves, here or passed on, is looked for at the new owner.
 */
export class SharedHub {
  readonly #options: SharedHubOptions;
  readonly #pace: typeof usualPace;
  readonly #row: ReturnType<typeof createOwnerRow>;
  readonly hub: Hub;
  #state: State = { kind: "standby" };
  #seen: { owner: Owner; since: number } | null = null;
  #timer: NodeJS.Timeout | null = null;
  #remote: { owner: Owner; far: FarHub } | null = null;

  constructor(options: SharedHubOptions) {
    this.#options = options;
    this.#pace = options.pace ?? usualPace;
    this.#row = createOwnerRow(options.client);
    // Which hub has a method is decided with each call. Every member of a hub is one, and all of them take arguments and perhaps a signal.
    const methods = hubMethods.map((name) => [
      name,
      async (args: never, signal: never) => this.#ask(name as "sync", args, signal),
    ]);
    this.hub = patientHub(Object.fromEntries(methods) as Hub);
  }

  get isOwner(): boolean {
    return this.#state.kind === "owner";
  }

  /** Takes the hub when nobody has it, else watches who does. */
  async begin(): Promise<void> {
    await this.#look();
    this.#again();
  }

  /** The answer to a call of another gateway's; null when the request is none. */
  async serve(request: Request): Promise<Response | null> {
    const { pathname } = new URL(request.url);
    if (!pathname.startsWith(hubPath)) return null;
    const { log, secret } = this.#options;
    if (!isSame(request.headers.get("authorization") ?? "", `Bearer ${secret}`)) {
      return hubProblem(new ProblemError("unauthenticated", "only gateways of the same database call this"));
    }
    try {
      const core = this.#ownCore();
      if (core === null) throw notHere();
      const inner = new URL(request.url);
      inner.pathname = `/${pathname.slice(hubPath.length)}`;
      const init = { method: "POST", body: request.body, duplex: "half" };
      const call = new Request(inner, init as RequestInit);
      const answer = serveHub(core.hub, (error) => log.error("a call of the hub failed", error));
      return await answer(call, request.signal);
    } catch (error) {
      return hubProblem(error);
    }
  }

  /** Hands out nothing new and waits for callers, where this is the owner. */
  async drain(signal: AbortSignal): Promise<void> {
    if (this.#state.kind === "owner") await this.#state.core.drain(signal);
  }

  /** Ends, and leaves the hub to the next one. */
  async stop(): Promise<void> {
    const state = this.#state;
    this.#state = { kind: "stopped" };
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#leaveRemote();
    if (state.kind !== "owner") return;
    state.stop();
    await this.#release(state.owner);
  }

  async #release(owner: Owner): Promise<void> {
    await this.#row
      .release(owner)
      .catch((error: unknown) => this.#options.log.error("the hub could not be left in order", error));
  }

  #again(): void {
    if (this.#state.kind === "stopped") return;
    this.#timer = setTimeout(
      () => {
        const turn = this.#state.kind === "owner" ? this.#renew() : this.#look();
        void turn
          .catch((error: unknown) => this.#options.log.error("the hub's owner could not be looked up", error))
          .finally(() => this.#again());
      },
      this.#state.kind === "owner" ? this.#pace.renewMs : this.#pace.lookMs,
    ).unref();
  }

  async #renew(): Promise<void> {
    const state = this.#state;
    if (state.kind !== "owner") return;
    const sentAt = performance.now();
    if (await this.#row.renew(state.owner)) state.certainUntil = sentAt + this.#pace.certainMs;
    else this.#lose(state.owner);
  }

  async #look(): Promise<void> {
    const owner = await this.#row.read();
    if (this.#state.kind === "stopped") return;
    const now = performance.now();
    const known = this.#seen;
    const isNews = known?.owner.epoch !== owner?.epoch || known?.owner.beat !== owner?.beat;
    if (owner !== null && isNews) this.#seen = { owner, since: now };
    if (this.#remote !== null && this.#remote.owner.epoch !== owner?.epoch) this.#leaveRemote();
    const isFree = owner === null || owner.beat < 0;
    if (!isFree && (isNews || now - (known?.since ?? now) < this.#pace.silentMs)) return;
    const sentAt = performance.now();
    const mine = await this.#row.claim(owner, this.#options.url);
    if (mine === null) return;
    this.#seen = null;
    this.#leaveRemote();
    await this.#own(mine, sentAt);
  }

  async #own(owner: Owner, sentAt: number): Promise<void> {
    const { log, start } = this.#options;
    try {
      const { core, stop } = await start(owner, () => this.#lose(owner));
      if (this.#state.kind === "stopped") {
        stop();
        return await this.#release(owner);
      }
      const certainUntil = sentAt + this.#pace.certainMs;
      this.#state = { kind: "owner", owner, core, stop, certainUntil, lost: new AbortController() };
      await this.#renew();
      log.info("this gateway owns the hub", { epoch: owner.epoch });
    } catch (error) {
      // The row stays as it is: silent for a while, it is taken again, here or elsewhere.
      log.error("the hub could not be started", error);
    }
  }

  #lose(owner: Owner): void {
    const state = this.#state;
    if (state.kind !== "owner" || state.owner !== owner) return;
    this.#state = { kind: "standby" };
    this.#seen = null;
    state.stop();
    state.lost.abort(new HubLost("the hub has another owner now"));
    this.#options.log.warn("another gateway owns the hub now; this one passes calls on", {
      epoch: owner.epoch,
    });
  }

  /** This gateway's own core, while it may be sure that it owns the hub. */
  #ownCore(): Core | null {
    const state = this.#state;
    if (state.kind !== "owner") return null;
    if (performance.now() > state.certainUntil) throw notHere();
    return state.core;
  }

  /** Asks whoever owns the hub. */
  async #ask(method: "sync", args: never, signal: AbortSignal): Promise<unknown> {
    const core = this.#ownCore();
    if (core === null) return this.#far()[method](args, signal);
    const answer = core.hub[method](args, signal);
    return this.#state.kind === "owner" && waiting.has(method)
      ? unlessAborted(answer, this.#state.lost.signal)
      : answer;
  }

  /** The hub of the owner that was seen last. */
  #far(): Hub {
    const owner = this.#seen?.owner;
    if (owner === undefined || this.#state.kind === "stopped") throw notHere();
    if (this.#remote?.owner.epoch !== owner.epoch) {
      this.#leaveRemote();
      this.#remote = { owner, far: new FarHub({ url: owner.url, secret: this.#options.secret }) };
    }
    return this.#remote.far.hub;
  }

  #leaveRemote(): void {
    this.#remote?.far.lose();
    this.#remote = null;
  }
}

/** What comes of some work, unless the signal fires before. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

function notHere(): ProblemError {
  return new ProblemError("unavailable", "the hub is changing its owner; try again", { retryAfter: 2 });
}

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}
