import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@pulse/schema/client";
import type { Job } from "@pulse/schema/wire/job";
import * as wire from "@pulse/schema/wire/runner-protocol";
import { GatewayLink } from "../runner/src/gateway.ts";
import { makeKeys, proofOf, publicOf } from "../runner/src/identity.ts";

/** A runner that keeps a sync parked and answers every job at once, without a sandbox: hundreds fit into one process. */
export class PlayedRunner {
  /** How often a sync was answered. */
  syncs = 0;
  /** How often a call failed. */
  failures = 0;
  /** Whether a sync is on its way or parked. */
  isParked = false;
  readonly #link: GatewayLink;
  readonly #name: string;
  readonly #onJob: (job: Job) => void;
  readonly #ended = new AbortController();
  #n = 0;

  private constructor(link: GatewayLink, name: string, onJob: (job: Job) => void) {
    this.#link = link;
    this.#name = name;
    this.#onJob = onJob;
  }

  /** Enrols with new keys. Throws `ProblemError`. */
  static async enrol(
    gateway: string,
    token: string,
    name: string,
    onJob: (job: Job) => void,
  ): Promise<PlayedRunner> {
    const keys = await makeKeys();
    const body = {
      token,
      name,
      signingKey: publicOf(keys.signingKey),
      sealingKey: publicOf(keys.sealingKey),
      proof: await proofOf(keys, token),
    };
    const headers = { "pulse-protocol": String(wire.protocolVersion) };
    const client = createClient({ baseUrl: gateway });
    const answer = await client.call(wire.enroll, { body, headers, signal: AbortSignal.timeout(60_000) });
    const tokenUrl = typeof answer.config.tokenUrl === "string" ? answer.config.tokenUrl : null;
    const identity = { ...keys, runner: answer.runner, name, gateway, tokenUrl, keysMadeAt: Date.now() };
    return new PlayedRunner(new GatewayLink(identity), name, onJob);
  }

  /** Opens a session and syncs until `leave`; what fails is tried again with full jitter, as a real runner does. */
  async live(): Promise<void> {
    let isJoined = false;
    while (!this.#ended.signal.aborted) {
      try {
        if (!isJoined) await this.#open();
        isJoined = true;
        await this.#sync();
      } catch {
        this.isParked = false;
        this.failures += 1;
        await sleep(10_000 * Math.random(), undefined, { signal: this.#ended.signal }).catch(() => undefined);
      }
    }
  }

  /** Opens a session and does nothing with it; returns the access token. */
  async join(): Promise<string> {
    const token = new Promise<string>((resolve) => {
      this.#link.onToken = resolve;
    });
    await this.#open();
    return token;
  }

  /** Ends its calls; the gateway is not told. */
  async leave(): Promise<void> {
    this.#ended.abort();
    await this.#link.close();
  }

  async #open(): Promise<void> {
    const body = {
      bootId: this.#name,
      instanceId: this.#name,
      version: "0.1.0",
      capacity: 1,
      capabilities: ["process"],
      facts: { os: "linux", arch: process.arch, cpus: 1, memoryBytes: 2 ** 30, runtimes: ["typescript"] },
      inFlight: [],
    };
    const { epoch } = await this.#link.call(wire.session, { body, signal: this.#ended.signal });
    this.#link.epoch = epoch;
  }

  async #sync(): Promise<void> {
    this.#n += 1;
    const body = { n: this.#n, waitMs: 30_000, free: 1, state: "active" as const, warm: [], running: [] };
    const asked = this.#link.call(wire.sync, { body, signal: this.#ended.signal, mostMs: 60_000 });
    this.isParked = true;
    const { jobs } = await asked;
    this.isParked = false;
    this.syncs += 1;
    for (const job of jobs) {
      this.#onJob(job);
      await this.#complete(job);
    }
  }

  async #complete({ execution, fence }: Job): Promise<void> {
    const response = { status: 200, headers: [], body: { base64: "" } };
    const outcome = {
      ...{ status: "succeeded" as const, reason: null, error: null, response, built: null },
      ...{ timing: {}, truncated: false, logs: { lastSeq: 0, bytes: 0 } },
    };
    const body = { outcomes: [{ execution, fence, outcome }], want: 0 };
    await this.#link.call(wire.complete, { body, signal: this.#ended.signal });
  }
}
