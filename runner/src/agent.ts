import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Job } from "@pulse/schema/wire/job";
import * as wire from "@pulse/schema/wire/runner-protocol";
import type { JWK } from "jose";
import { persist } from "./backoff.ts";
import { Completions } from "./completions.ts";
import type { RunnerConfig } from "./config.ts";
import { Contents } from "./contents.ts";
import { GatewayLink } from "./gateway.ts";
import type { Identity } from "./identity.ts";
import { Leases } from "./leases.ts";
import { machineFacts } from "./machine-facts.ts";
import { MaskerShelf } from "./masking/masker-shelf.ts";
import { createMetrics } from "./metrics.ts";
import type { Gate } from "./policy/gate.ts";
import { keepKeysYoung } from "./rotation.ts";
import { runJob } from "./run-job.ts";
import { Running, type RunningJob } from "./running.ts";
import { SecretSource } from "./secrets.ts";
import { CommandHost } from "./shell/command-host.ts";
import { deliver, inFlightOf } from "./spool/deliver.ts";
import { Spool } from "./spool/spool.ts";
import { SyncLoop } from "./sync-loop.ts";
import type { Workshop } from "./work.ts";

/** The version of this runner. */
export const runnerVersion = "0.1.0";

/** Exit code of a process whose session a newer one took over (`protocol.md`). */
export const supersededExit = 78;

const farewellMs = 3000;

/** One process life of a runner: opens a session, keeps one sync parked, renews, runs jobs, and drains when asked. */
export class Agent {
  readonly #config: RunnerConfig;
  readonly #identity: Identity;
  /** Keys that secrets may be sealed to: the present one first. */
  #sealingKeys: JWK[];
  readonly #secrets: SecretSource;
  readonly #maskers = new MaskerShelf();
  readonly #workshop: Workshop;
  readonly #commands: CommandHost;
  readonly #gate: Gate;
  readonly #link: GatewayLink;
  readonly #contents: Contents;
  readonly #spool: Spool;
  readonly #completions: Completions;
  readonly #leases: Leases;
  readonly #syncs: SyncLoop;
  readonly #say: (line: string) => void;
  readonly #running = new Running();
  /** Resolves when nothing of a job runs any more. */
  readonly #runs = new Map<RunningJob, Promise<void>>();
  readonly #instanceId = randomUUID();
  readonly #metrics: () => wire.SyncRequest["metrics"];
  readonly #ended = new AbortController();
  readonly #refused = Promise.withResolvers<never>();
  #syncWaitMs: number = wire.leaseNumbers.syncWaitMs;
  /** The tag of the orders to keep warm that are followed. */
  #prewarmed: string | null = null;
  #leaving = false;
  #paused = false;
  #joined = false;

  constructor(options: {
    config: RunnerConfig;
    identity: Identity;
    workshop: Workshop;
    gate: Gate;
    say: (line: string) => void;
  }) {
    this.#config = options.config;
    this.#identity = options.identity;
    this.#sealingKeys = [options.identity.sealingKey];
    this.#secrets = new SecretSource(() => this.#sealingKeys, options.config.vault);
    this.#workshop = options.workshop;
    this.#gate = options.gate;
    this.#commands = new CommandHost(options.config.stateDir, options.gate);
    this.#say = options.say;
    const link = new GatewayLink(options.identity);
    const ended = this.#ended.signal;
    this.#link = link;
    this.#contents = new Contents(join(options.config.stateDir, "contents"), link);
    const folder = join(options.config.stateDir, "spool");
    this.#spool = new Spool({ folder, mostBytes: options.config.spoolBytes, say: this.#say });
    this.#spool.onChange(() => this.#syncs.poke(true));
    this.#metrics = createMetrics(options.config.stateDir);
    this.#refused.promise.catch(() => undefined);
    this.#leases = new Leases({
      ...{ link, gateway: options.identity.gateway },
      running: this.#running,
      say: this.#say,
      onRefused: this.#refused.reject,
      ended,
    });
    this.#completions = new Completions({
      link,
      onJobs: (jobs, sentAt) => {
        this.#leases.heard(sentAt);
        this.#take(jobs);
        this.#leases.acknowledgeSoon();
      },
      want: () => this.#free(),
      warn: this.#say,
      signal: ended,
    });
    const source = {
      request: () => this.#request(),
      follow: (answer: wire.SyncAnswer, sentAt: number) => this.#follow(answer, sentAt),
      done: () => this.#leaving && this.#running.size === 0,
      say: this.#say,
    };
    this.#syncs = new SyncLoop(link, source, ended);
    options.workshop.onChange(() => this.#syncs.poke());
  }

  /** Runs until it was drained, or throws what ended it (`session_superseded`, `invalid_credential`). */
  async run(): Promise<void> {
    const warn = (error: unknown) => this.#say(`no session yet: ${String(error)}`);
    let renewing = Promise.resolve();
    try {
      await this.#commands.endLeft(this.#say);
      const opening = persist(() => this.#open(), warn, this.#ended.signal);
      await opening.catch((error: unknown) => {
        if (!this.#leaving) throw error;
      });
      if (!this.#joined) return;
      renewing = this.#leases.run();
      void keepKeysYoung({
        ...{
          stateDir: this.#config.stateDir,
          link: this.#link,
          identity: this.#identity,
          signal: this.#ended.signal,
        },
        onReplaced: ({ sealingKey }) => this.#sealingKeys.unshift(sealingKey),
        say: this.#say,
      });
      await Promise.race([this.#syncs.run(), this.#refused.promise]);
      const signal = AbortSignal.timeout(farewellMs);
      await this.#link.call(wire.endSession, { signal }).catch(() => undefined);
    } finally {
      this.#ended.abort();
      await renewing;
      this.#running.end();
      await this.#workshop.stop();
      await this.#commands.stop();
      await this.#link.close();
      await this.#spool.close();
    }
  }

  /** Takes nothing new, finishes what runs, gives back what takes longer than 15 s (`PULSE_DRAIN_SECONDS`), then leaves. */
  drain(): void {
    if (this.#leaving) return;
    this.#leaving = true;
    if (this.#running.size > 0) this.#say(`waiting for ${this.#running.size} running jobs`);
    if (!this.#joined) this.#ended.abort();
    this.#syncs.poke(true);
    setTimeout(() => {
      this.#running.leaveFinished();
      for (const one of this.#running.all())
        if (one.job.delivery === "atLeastOnce") void this.#giveBack(one, true);
      this.#syncs.poke(true);
    }, this.#config.drainMs).unref();
  }

  async #open(): Promise<void> {
    const body = {
      bootId: this.#instanceId,
      instanceId: this.#instanceId,
      version: runnerVersion,
      capacity: this.#config.slots,
      capabilities: [...this.#workshop.capabilities, ...(this.#gate.takesCommands ? ["commands"] : [])],
      facts: { ...machineFacts(), runtimes: [...this.#workshop.runtimes] },
      preparing: this.#workshop.preparing(),
      inFlight: inFlightOf(this.#spool),
    };
    const sentAt = performance.now();
    const answer = await this.#link.call(wire.session, { body, signal: this.#ended.signal });
    this.#joined = true;
    this.#link.epoch = answer.epoch;
    this.#leases.begin(answer.epoch, answer.config);
    this.#syncWaitMs = answer.config.syncWaitMs;
    this.#leases.heard(sentAt);
    void deliver(this.#spool, answer.reconcile, {
      ...{ link: this.#link, completions: this.#completions, running: this.#running },
      ...{ say: this.#say, signal: this.#ended.signal },
    });
  }

  #state(): wire.SyncRequest["state"] {
    if (this.#leaving || this.#paused) return "draining";
    return this.#spool.isTight ? "maintenance" : "active";
  }

  #free(): number {
    return this.#state() !== "active" ? 0 : Math.max(0, this.#config.slots - this.#running.size);
  }

  #request(): Omit<wire.SyncRequest, "n"> {
    const metrics = this.#metrics();
    return {
      waitMs: this.#leaving ? Math.min(1000, this.#syncWaitMs) : this.#syncWaitMs,
      free: this.#free(),
      state: this.#state(),
      warm: this.#workshop.warm(),
      running: this.#running.holdings(),
      preparing: this.#workshop.preparing(),
      runtimes: [...this.#workshop.runtimes],
      ...(this.#prewarmed === null ? {} : { prewarmed: this.#prewarmed }),
      ...(metrics === undefined ? {} : { metrics }),
    };
  }

  #follow(answer: wire.SyncAnswer, sentAt: number): void {
    this.#leases.heard(sentAt);
    this.#take(answer.jobs);
    for (const { execution, fence, reason } of answer.cancel) {
      this.#running.stop(execution, fence, reason ?? "cancelled");
    }
    for (const { type } of answer.commands) this.#obey(type);
    if (answer.prewarm === undefined || this.#leaving) return;
    this.#prewarmed = answer.prewarm.tag;
    this.#workshop.prewarm(this.#gate.allowed(answer.prewarm.orders), {
      content: (sha256, signal) => this.#contents.get(sha256, signal),
      open: (order) => this.#secrets.of(order),
    });
  }

  #obey(type: wire.SyncAnswer["commands"][number]["type"]): void {
    if (!this.#gate.obeys(type)) return;
    this.#say(`the gateway asks: ${type}`);
    if (type === "drain") this.#paused = true;
    if (type === "resume") this.#paused = false;
    if (type === "exit") this.drain();
  }

  #take(jobs: readonly Job[]): void {
    for (const job of this.#gate.named(jobs)) {
      const one = this.#running.add(job);
      if (one === null) continue;
      // Handed out while we said that we leave, or far beyond the slots (hand-outs cross): nothing of it has begun.
      if (this.#leaving || this.#running.size > 2 * this.#config.slots) void this.#giveBack(one, false);
      else this.#runs.set(one, this.#run(one));
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

  async #run(one: RunningJob): Promise<void> {
    const context = {
      ...{ link: this.#link, contents: this.#contents, spool: this.#spool, instanceId: this.#instanceId },
      ...{ workshop: this.#workshop, commands: this.#commands },
      secrets: this.#secrets,
      maskers: this.#maskers,
      gate: this.#gate,
      warn: this.#say,
    };
    try {
      const finished = await runJob(one.job, context, one.abort);
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
      if (!one.isFinished || !this.#ended.signal.aborted) await this.#spool.forget(one.job);
      if (!one.isGivenBack || one.isFinished) this.#forget(one);
    }
  }

  #forget(one: RunningJob): void {
    this.#running.remove(one);
    this.#runs.delete(one);
    if (this.#leaving && this.#running.size === 0) this.#syncs.poke(true);
  }
}
