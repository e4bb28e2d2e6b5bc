import { randomUUID } from "node:crypto";
import { arch, cpus, hostname, platform, totalmem } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@pulse/schema/client";
import { ProblemError } from "@pulse/schema/problem";
import type { Job } from "@pulse/schema/wire/job";
import * as wire from "@pulse/schema/wire/runner-protocol";
import { mayPass, pauseMs, persist } from "./backoff.ts";
import { Completions } from "./completions.ts";
import type { RunnerConfig } from "./config.ts";
import { Contents } from "./contents.ts";
import { GatewayLink } from "./gateway.ts";
import { type Identity, loadIdentity, makeKeys, proofOf, publicOf, saveIdentity } from "./identity.ts";
import { createMetrics } from "./metrics.ts";
import { runJob } from "./run-job.ts";
import type { Workshop } from "./work.ts";

/** The version of this runner. */
export const runnerVersion = "0.1.0";

/** Exit code of a process whose session a newer one took over (`protocol.md`). */
export const supersededExit = 78;

const acknowledgeAfterMs = 1000;

interface Running {
  fence: number;
  atLeastOnce: boolean;
  abort: AbortController;
}

/** Enrols on the first start; afterwards the keys in the state folder say who this is. Throws `ProblemError`. */
export async function enrol(
  config: RunnerConfig,
  warn: (line: string) => void,
  signal: AbortSignal,
): Promise<Identity> {
  const known = loadIdentity(config.stateDir);
  if (known !== null && (known.gateway === config.gateway || config.enrolmentToken === null)) {
    return { ...known, gateway: config.gateway };
  }
  const token = config.enrolmentToken;
  if (token === null) {
    throw new ProblemError(
      "validation_failed",
      "this runner is not enrolled: set PULSE_ENROLMENT_TOKEN or --token-file",
    );
  }
  const keys = await makeKeys();
  const client = createClient({ baseUrl: config.gateway });
  const body = {
    token,
    name: config.name,
    signingKey: publicOf(keys.signingKey),
    sealingKey: publicOf(keys.sealingKey),
    proof: await proofOf(keys, token),
  };
  const headers = { "pulse-protocol": String(wire.protocolVersion) };
  const ask = () => client.call(wire.enroll, { body, headers, signal });
  const answer = await persist(ask, (error) => warn(`not enrolled yet: ${String(error)}`), signal);
  const identity = { ...keys, runner: answer.runner, name: answer.name, gateway: config.gateway };
  saveIdentity(config.stateDir, identity);
  return identity;
}

/** One process life of a runner: opens a session, keeps one sync parked, renews, runs jobs, and drains when asked. */
export class Agent {
  readonly #config: RunnerConfig;
  readonly #workshop: Workshop;
  readonly #link: GatewayLink;
  readonly #contents: Contents;
  readonly #completions: Completions;
  readonly #say: (line: string) => void;
  readonly #running = new Map<string, Running>();
  readonly #instanceId = randomUUID();
  readonly #metrics: () => wire.SyncRequest["metrics"];
  readonly #ended = new AbortController();
  #sync: AbortController | null = null;
  #state: "active" | "draining" = "active";
  #n = 0;
  #renewedAt = performance.now();

  constructor(options: {
    config: RunnerConfig;
    identity: Identity;
    workshop: Workshop;
    say: (line: string) => void;
  }) {
    this.#config = options.config;
    this.#workshop = options.workshop;
    this.#say = options.say;
    this.#link = new GatewayLink(options.identity);
    this.#contents = new Contents(join(options.config.stateDir, "contents"), this.#link);
    this.#metrics = createMetrics(options.config.stateDir);
    this.#completions = new Completions({
      link: this.#link,
      onJobs: (jobs) => {
        this.#take(jobs);
        this.#acknowledgeSoon();
      },
      want: () => this.#free(),
      warn: this.#say,
      signal: this.#ended.signal,
    });
    options.workshop.onChange(() => this.#sync?.abort());
  }

  /** Runs until it was drained, or throws what ended it (`session_superseded`, `invalid_credential`). */
  async run(): Promise<void> {
    const { signal } = this.#ended;
    await persist(
      () => this.#open(),
      (error) => this.#say(`no session yet: ${String(error)}`),
      signal,
    );
    const renewing = this.#renewLoop();
    try {
      await this.#syncLoop();
    } finally {
      this.#ended.abort();
      await renewing;
      for (const { abort } of this.#running.values()) abort.abort("fenced");
      await this.#workshop.stop();
      await this.#link.close();
    }
  }

  /** Takes nothing new, finishes what runs, then leaves. */
  drain(): void {
    this.#state = "draining";
    this.#sync?.abort();
  }

  async #open(): Promise<void> {
    const inFlight = [...this.#running].map(([execution, { fence }]) => ({
      execution,
      fence,
      state: "running" as const,
    }));
    const facts = {
      os: platform(),
      arch: arch(),
      cpus: cpus().length,
      memoryBytes: totalmem(),
      hostname: hostname(),
      runtimes: [...this.#workshop.runtimes],
    };
    const answer = await this.#link.call(wire.session, {
      body: {
        bootId: this.#instanceId,
        instanceId: this.#instanceId,
        version: runnerVersion,
        capacity: this.#config.slots,
        capabilities: [...this.#workshop.capabilities],
        facts,
        preparing: this.#workshop.preparing(),
        inFlight,
      },
      signal: this.#ended.signal,
    });
    this.#link.epoch = answer.epoch;
    this.#n = 0;
    this.#renewedAt = performance.now();
    for (const { execution, action } of answer.reconcile) {
      if (action === "stop" || action === "forget") this.#running.get(execution)?.abort.abort("fenced");
    }
  }

  #free(): number {
    return this.#state === "active" ? Math.max(0, this.#config.slots - this.#running.size) : 0;
  }

  /** Exactly one sync is parked at any time, also with no free slot: it carries jobs, cancels and commands. */
  async #syncLoop(): Promise<void> {
    for (let failures = 0; !(this.#state === "draining" && this.#running.size === 0); ) {
      this.#sync = new AbortController();
      const signal = AbortSignal.any([this.#sync.signal, this.#ended.signal]);
      try {
        const answer = await this.#link.call(wire.sync, { body: this.#request(), signal });
        failures = 0;
        this.#renewedAt = performance.now();
        this.#follow(answer);
      } catch (error) {
        if (this.#sync.signal.aborted && !this.#ended.signal.aborted) continue;
        if (!mayPass(error)) throw error;
        failures += 1;
        this.#say(`the gateway does not answer: ${String(error)}`);
        await sleep(pauseMs(failures, error, Math.random()), undefined, { signal: this.#ended.signal });
      }
    }
    await this.#link.call(wire.endSession, { signal: AbortSignal.timeout(3000) }).catch(() => undefined);
  }

  #request(): wire.SyncRequest {
    const metrics = this.#metrics();
    const draining = this.#state === "draining";
    return {
      n: ++this.#n,
      waitMs: draining ? 1000 : 30_000,
      free: this.#free(),
      state: this.#state,
      warm: this.#workshop.warm(),
      running: [...this.#running].map(([execution, { fence }]) => ({ execution, fence })),
      preparing: this.#workshop.preparing(),
      runtimes: [...this.#workshop.runtimes],
      ...(metrics === undefined ? {} : { metrics }),
    };
  }

  #follow(answer: wire.SyncAnswer): void {
    this.#take(answer.jobs);
    for (const { execution, fence, reason } of answer.cancel) {
      const running = this.#running.get(execution);
      if (running?.fence === fence) running.abort.abort(reason ?? "cancelled");
    }
    for (const { type } of answer.commands) {
      if (type === "drain" || type === "resume") this.#say(`the gateway asks: ${type}`);
      if (type === "exit") this.drain();
    }
  }

  #take(jobs: readonly Job[]): void {
    for (const job of jobs) {
      const known = this.#running.get(job.execution);
      if (known !== undefined && known.fence >= job.fence) continue;
      known?.abort.abort("fenced");
      const running = {
        fence: job.fence,
        atLeastOnce: job.delivery === "atLeastOnce",
        abort: new AbortController(),
      };
      this.#running.set(job.execution, running);
      void this.#run(job, running);
    }
  }

  async #run(job: Job, running: Running): Promise<void> {
    const context = {
      link: this.#link,
      contents: this.#contents,
      workshop: this.#workshop,
      instanceId: this.#instanceId,
    };
    try {
      const completion = await runJob(job, context, running.abort.signal);
      // The slot is free and the lease ends with the completion's answer, so the job stays listed until then.
      if (completion !== null && running.abort.signal.reason !== "fenced")
        await this.#completions.add(completion);
    } catch (error) {
      this.#say(`job ${job.execution} could not be run: ${String(error)}`);
    } finally {
      if (this.#running.get(job.execution) === running) this.#running.delete(job.execution);
      if (this.#state === "draining" && this.#running.size === 0) this.#sync?.abort();
    }
  }

  /** Renews every 5 s while anything runs; without an answer for 55 s the runner stops its at-least-once work by itself. */
  async #renewLoop(): Promise<void> {
    const ended = this.#ended.signal;
    for (;;) {
      await sleep(wire.leaseNumbers.renewEveryMs, undefined, { signal: ended }).catch(() => undefined);
      if (ended.aborted) return;
      await this.#renew();
    }
  }

  /** Jobs that came with a completion's answer are named by no sync: a renewal after 1 s acknowledges what still runs. */
  #acknowledgeSoon(): void {
    setTimeout(() => void this.#renew(), acknowledgeAfterMs).unref();
  }

  async #renew(): Promise<void> {
    if (this.#running.size === 0 || this.#ended.signal.aborted) return;
    const { renewTimeoutMs, selfFenceMs } = wire.leaseNumbers;
    const sentAt = performance.now();
    const running = [...this.#running].map(([execution, { fence }]) => ({ execution, fence }));
    try {
      const signal = AbortSignal.any([this.#ended.signal, AbortSignal.timeout(renewTimeoutMs)]);
      const { leases } = await this.#link.call(wire.renew, { body: { running }, signal });
      this.#renewedAt = sentAt;
      for (const { execution, fence, status } of leases) {
        const one = this.#running.get(execution);
        if (one?.fence !== fence) continue;
        if (status === "fenced") one.abort.abort("fenced");
        if (status === "cancel") one.abort.abort("cancelled");
      }
    } catch {
      if (performance.now() - this.#renewedAt < selfFenceMs) return;
      for (const one of this.#running.values()) if (one.atLeastOnce) one.abort.abort("fenced");
    }
  }
}
