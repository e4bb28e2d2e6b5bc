import { pulseVersion } from "@pulse/schema/version";
import type { Job } from "@pulse/schema/wire/job";
import * as wire from "@pulse/schema/wire/runner-protocol";
import { persist } from "./backoff.ts";
import { type Clock, timeLimit } from "./clock.ts";
import { Completions } from "./completions.ts";
import { HandedOn } from "./handed-on.ts";
import { Leases, type StartRenewals } from "./leases.ts";
import type { Link } from "./link.ts";
import type { MachineFacts } from "./machine-facts.ts";
import type { Gate } from "./policy/gate.ts";
import type { Running, RunningJob } from "./running.ts";
import { deliver, type Earlier, inFlightOf } from "./spool/deliver.ts";
import type { Spool } from "./spool/spool.ts";
import { SyncLoop } from "./sync-loop.ts";
import type { Upgrades } from "./upgrade/upgrades.ts";
import type { Workplace } from "./workplace.ts";

/** Exit code of a process whose session a newer one took over (`protocol.md`). */
export const supersededExit = 78;
const farewellMs = 3000;

/** What an agent is made of: everything that reaches out of it. */
export interface AgentParts {
  clock: Clock;
  link: Link;
  running: Running;
  startRenewals: StartRenewals;
  workplace: Workplace;
  gate: Gate;
  spool: Earlier & Pick<Spool, "isTight" | "onChange" | "keep" | "close">;
  /** Names this process. */
  instanceId: string;
  facts: MachineFacts;
  /** Absent: it is never upgraded from afar. */
  upgrades?: Pick<Upgrades, "learn" | "heard" | "asked" | "takeOver" | "wantsAnswer">;
  metrics: () => wire.SyncRequest["metrics"];
  slots: number;
  /** So long what runs may take when the runner leaves. */
  drainMs: number;
  say: (line: string) => void;
}

/** One process life of a runner: opens a session, keeps one sync parked, renews, runs jobs, and drains when asked. */
export class Agent {
  readonly #parts: AgentParts;
  readonly #clock: Clock;
  readonly #workplace: Workplace;
  readonly #gate: Gate;
  readonly #link: Link;
  readonly #spool: AgentParts["spool"];
  readonly #completions: Completions;
  readonly #leases: Leases;
  readonly #syncs: SyncLoop;
  readonly #say: (line: string) => void;
  readonly #running: Running;
  readonly #handedOn: HandedOn;
  /** Resolves when nothing of a job runs any more. */
  readonly #runs = new Map<RunningJob, Promise<void>>();
  readonly #ended = new AbortController();
  readonly #refused = Promise.withResolvers<never>();
  #syncWaitMs: number = wire.leaseNumbers.syncWaitMs;
  /** The tag of the orders to keep warm that are followed. */
  #prewarmed: string | null = null;
  #leaving = false;
  #paused = false;
  #joined = false;
  #stopDraining: () => void = () => undefined;

  constructor(parts: AgentParts) {
    const { clock, link, running, workplace, spool, startRenewals, say } = parts;
    const ended = this.#ended.signal;
    this.#parts = parts;
    this.#clock = clock;
    this.#link = link;
    this.#running = running;
    this.#workplace = workplace;
    this.#handedOn = new HandedOn({ workplace, running, say });
    this.#gate = parts.gate;
    this.#spool = spool;
    this.#say = say;
    this.#refused.promise.catch(() => undefined);
    const onRefused = this.#refused.reject;
    this.#leases = new Leases({ link, clock, startRenewals, running, say, onRefused, ended });
    this.#completions = new Completions({
      ...{ link, clock },
      onJobs: (jobs, sentAt) => {
        this.#leases.heard(sentAt);
        this.#take(jobs);
        this.#leases.acknowledgeSoon();
      },
      want: () => this.#free(),
      warn: say,
      signal: ended,
    });
    const source = {
      request: () => this.#request(),
      follow: (answer: wire.SyncAnswer, sentAt: number) => this.#follow(answer, sentAt),
      done: () => this.#leaving && this.#running.size === 0,
      say,
    };
    this.#syncs = new SyncLoop(link, source, ended, clock);
    spool.onChange(() => this.#syncs.poke(true));
    workplace.onChange(() => this.#syncs.poke());
  }

  /** Runs until it was drained, or throws what ended it (`session_superseded`, `invalid_credential`). */
  async run(): Promise<void> {
    const warn = (error: unknown) => this.#say(`no session yet: ${String(error)}`);
    let renewing = Promise.resolve();
    try {
      await this.#handedOn.find();
      const opening = persist(() => this.#open(), warn, this.#ended.signal, this.#clock);
      await opening.catch((error: unknown) => {
        if (!this.#leaving) throw error;
      });
      if (!this.#joined) return;
      renewing = this.#leases.run();
      this.#workplace.joined(this.#ended.signal);
      await Promise.race([this.#syncs.run(), this.#refused.promise]);
      // A farewell would end what is left to the next process.
      if (this.#handedOn.hasLeft) return;
      const signal = timeLimit(this.#clock, farewellMs);
      await this.#link.call(wire.endSession, { signal }).catch(() => undefined);
    } finally {
      this.#ended.abort();
      this.#stopDraining();
      await renewing;
      this.#running.end();
      await this.#workplace.stop();
      await this.#link.close();
      await this.#spool.close();
    }
  }

  /** Takes nothing new, finishes what runs, gives back what takes longer than 15 s (`PULSE_DRAIN_SECONDS`) or leaves it to the next process, then leaves. */
  drain(): void {
    if (this.#leaving) return;
    this.#leaving = true;
    if (this.#running.size > 0) this.#say(`waiting for ${this.#running.size} running jobs`);
    if (!this.#joined) this.#ended.abort();
    this.#syncs.poke(true);
    this.#stopDraining = this.#clock.after(this.#parts.drainMs, () => {
      this.#running.leaveFinished();
      for (const one of this.#running.all())
        if (one.job.delivery === "atLeastOnce") void this.#giveBack(one, true);
        else this.#handedOn.leave(one);
      this.#syncs.poke(true);
    });
  }

  /** With what the process ends after `run`: 75 when it has put another version in its place. */
  exitCode(): number {
    return this.#parts.upgrades?.takeOver() ?? 0;
  }

  async #open(): Promise<void> {
    const { instanceId, slots, facts } = this.#parts;
    const { capabilities, runtimes } = this.#workplace;
    const body = {
      bootId: instanceId,
      instanceId,
      version: pulseVersion,
      capacity: slots,
      capabilities: [...capabilities],
      facts: { ...facts, runtimes: [...runtimes] },
      preparing: this.#workplace.preparing(),
      inFlight: this.#handedOn.inFlight(inFlightOf(this.#spool)),
    };
    const sentAt = this.#clock.now();
    const answer = await this.#link.call(wire.session, { body, signal: this.#ended.signal });
    this.#joined = true;
    this.#link.epoch = answer.epoch;
    this.#leases.begin(answer.epoch, answer.config);
    this.#syncWaitMs = answer.config.syncWaitMs;
    this.#parts.upgrades?.learn(answer.config.bundleKey);
    this.#leases.heard(sentAt);
    const goingOn = this.#handedOn.goOn(answer.reconcile, (one) => this.#runs.set(one, this.#run(one)));
    void deliver(this.#spool, answer.reconcile, {
      ...{ link: this.#link, completions: this.#completions, running: this.#running },
      ...{ say: this.#say, signal: this.#ended.signal, clock: this.#clock },
    });
    await goingOn;
  }

  #state(): wire.SyncRequest["state"] {
    if (this.#leaving || this.#paused) return "draining";
    return this.#spool.isTight ? "maintenance" : "active";
  }

  #free(): number {
    return this.#state() !== "active" ? 0 : Math.max(0, this.#parts.slots - this.#running.size);
  }

  #request(): Omit<wire.SyncRequest, "n"> {
    const { upgrades } = this.#parts;
    const metrics = this.#parts.metrics();
    return {
      waitMs: Math.min(this.#leaving ? 1000 : this.#syncWaitMs, upgrades?.wantsAnswer ? 0 : Infinity),
      free: this.#free(),
      state: this.#state(),
      warm: this.#workplace.warm(),
      running: this.#running.holdings(),
      preparing: this.#workplace.preparing(),
      runtimes: [...this.#workplace.runtimes],
      capabilities: [...this.#workplace.capabilities],
      ...(this.#prewarmed === null ? {} : { prewarmed: this.#prewarmed }),
      ...(metrics === undefined ? {} : { metrics }),
    };
  }

  #follow(answer: wire.SyncAnswer, sentAt: number): void {
    this.#leases.heard(sentAt);
    this.#parts.upgrades?.heard();
    this.#take(answer.jobs);
    for (const { execution, fence, reason } of answer.cancel) {
      this.#running.stop(execution, fence, reason ?? "cancelled");
    }
    for (const command of answer.commands) this.#obey(command);
    if (answer.prewarm === undefined || this.#leaving) return;
    this.#prewarmed = answer.prewarm.tag;
    this.#workplace.prewarm(this.#gate.allowed(answer.prewarm.orders));
  }

  #obey({ id, type }: wire.SyncAnswer["commands"][number]): void {
    // The gateway repeats what it has told until it sees that it was heard.
    if (type === "resume" ? !this.#paused : type === "drain" && this.#paused) return;
    if (!this.#gate.obeys(type)) return;
    if (type === "update") this.#parts.upgrades?.asked(id);
    else this.#say(`the gateway asks: ${type}`);
    if (type === "drain") this.#paused = true;
    if (type === "resume") this.#paused = false;
    if (type === "exit") this.drain();
  }

  #take(jobs: readonly Job[]): void {
    // Nobody acknowledges what is left out here, so it is handed out again.
    if (this.#leases.haveRunOut) return;
    for (const job of this.#gate.named(jobs)) {
      const before = this.#running.get(job.execution);
      const one = this.#running.add(job);
      if (one === null) continue;
      // Handed out while we said that we leave, or far beyond the slots (hand-outs cross): nothing of it has begun.
      if (this.#leaving || this.#running.size > 2 * this.#parts.slots) void this.#giveBack(one, false);
      else this.#runs.set(one, this.#run(one, before && this.#runs.get(before)));
    }
  }

  /** Releases a job; what of it runs here is over first, so that two never run. */
  async #giveBack(one: RunningJob, started: boolean): Promise<void> {
    const { execution, fence } = one.job;
    one.isGivenBack = true;
    one.abort.abort("fenced");
    await this.#runs.get(one);
    if (one.isFinished) return;
    const body = { reason: "drained" as const, started };
    const signal = this.#ended.signal;
    await this.#link
      .call(wire.release, { params: { id: execution }, fence, body, signal })
      .catch((error: unknown) => this.#say(`${execution} could not be given back: ${String(error)}`));
    this.#forget(one);
  }

  /** Runs a job to its end, once what ran of it under an older fence is over. */
  async #run(one: RunningJob, older?: Promise<void>): Promise<void> {
    try {
      await older;
      const finished = await this.#workplace.run(one.job, one.abort);
      // The slot is free and the lease ends with the completion's answer, so the job stays listed until then.
      // What ended while this process was frozen is not reported: its lease may have run out meanwhile.
      this.#leases.enforce();
      if (finished !== null && one.abort.signal.reason !== "fenced") {
        this.#running.finish(one);
        this.#spool.keep(finished.completion, one.job.delivery === "atMostOnce");
        await finished.logsSent();
        if (!this.#ended.signal.aborted) await this.#completions.add(finished);
      }
    } catch (error) {
      this.#say(`job ${one.job.execution} could not be run: ${String(error)}`);
    } finally {
      // What was not delivered when this process ends is for the next one.
      if (!one.isLeft && (!one.isFinished || !this.#ended.signal.aborted)) await this.#spool.forget(one.job);
      if (!one.isGivenBack || one.isFinished) this.#forget(one);
    }
  }

  #forget(one: RunningJob): void {
    this.#running.remove(one);
    this.#runs.delete(one);
    if (this.#leaving && this.#running.size === 0) this.#syncs.poke(true);
  }
}
