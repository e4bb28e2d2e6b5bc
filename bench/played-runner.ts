import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { createClient } from "@pulse/schema/client";
import type { Job } from "@pulse/schema/wire/job";
import * as wire from "@pulse/schema/wire/runner-protocol";
import { GatewayLink } from "../runner/src/gateway.ts";
import { makeKeys, proofOf, publicOf } from "../runner/src/identity.ts";

/** What a played runner is besides its name. */
export interface Play {
  onJob?: (job: Job) => void;
  /** Its answer to a job is about to leave. */
  onEnd?: (job: Job) => void;
  /** How many jobs it takes at once. */
  capacity?: number;
  capabilities?: string[];
  /** What it says it wrote, a line each, 10 ms apart from when it answers; nothing, unless it is told. */
  linesOf?: (job: Job) => readonly string[];
}

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
  readonly #play: Play;
  /** What it was given and has not answered. */
  readonly #open = new Set<Job>();
  readonly #ended = new AbortController();
  #n = 0;

  private constructor(link: GatewayLink, name: string, play: Play) {
    this.#link = link;
    this.#name = name;
    this.#play = play;
  }

  /** Enrols with new keys. Throws `ProblemError`. */
  static async enrol(gateway: string, token: string, name: string, play: Play): Promise<PlayedRunner> {
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
    return new PlayedRunner(new GatewayLink(identity), name, play);
  }

  /** Opens a session and syncs until `leave`; what fails is tried again with full jitter, as a real runner does. */
  async live(): Promise<void> {
    let isJoined = false;
    while (!this.#ended.signal.aborted) {
      try {
        if (!isJoined) await this.#begin();
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
    await this.#begin();
    return token;
  }

  /** Ends its calls; the gateway is not told. */
  async leave(): Promise<void> {
    this.#ended.abort();
    await this.#link.close();
  }

  async #begin(): Promise<void> {
    const { capacity = 1, capabilities = ["process"] } = this.#play;
    const body = {
      bootId: this.#name,
      instanceId: this.#name,
      version: "0.1.0",
      capacity,
      capabilities,
      facts: { os: "linux", arch: process.arch, cpus: 1, memoryBytes: 2 ** 30, runtimes: ["typescript"] },
      inFlight: [],
    };
    const { epoch } = await this.#link.call(wire.session, { body, signal: this.#ended.signal });
    this.#link.epoch = epoch;
  }

  async #sync(): Promise<void> {
    this.#n += 1;
    const running = [...this.#open].map(({ execution, fence }) => ({ execution, fence }));
    // What was just answered may be counted still, beside what came for it.
    const free = Math.max(0, (this.#play.capacity ?? 1) - running.length);
    const body = { n: this.#n, waitMs: 30_000, free, state: "active" as const, warm: [], running };
    const asked = this.#link.call(wire.sync, { body, signal: this.#ended.signal, mostMs: 60_000 });
    this.isParked = true;
    const { jobs } = await asked;
    this.isParked = false;
    this.syncs += 1;
    for (const job of jobs) {
      this.#play.onJob?.(job);
      this.#open.add(job);
      // As a real runner: the next sync leaves while the work is done.
      void this.#work(job).finally(() => this.#open.delete(job));
    }
  }

  async #work(job: Job): Promise<void> {
    const { signal } = this.#ended;
    try {
      const { execution: id, fence } = job;
      const asks = { params: { id }, fence, body: { instanceId: this.#name }, signal };
      if (job.delivery === "atMostOnce") await this.#link.call(wire.start, asks);
      this.#play.onEnd?.(job);
      await this.#complete(job);
    } catch {
      this.failures += 1;
    }
  }

  async #complete(job: Job): Promise<void> {
    const { execution, fence, kind } = job;
    const isCommand = kind === "command";
    const logs = packed(this.#play.linesOf?.(job) ?? []);
    const response = isCommand ? null : { status: 200, headers: [], body: { base64: "" } };
    const command = { exitCode: 0, signal: null, stdout: "", stdoutTruncated: false };
    const outcome = {
      ...(isCommand ? { command } : {}),
      ...{ status: "succeeded" as const, reason: null, error: null, response, built: null },
      ...{ timing: {}, truncated: false, logs: { lastSeq: logs?.lastSeq ?? 0, bytes: 0 } },
    };
    const body = { outcomes: [{ execution, fence, outcome, ...(logs === null ? {} : { logs }) }], want: 0 };
    await this.#link.call(wire.complete, { body, signal: this.#ended.signal });
  }
}

/** Lines as they ride with an outcome; null: there is none. */
function packed(texts: readonly string[]): { firstSeq: number; lastSeq: number; gzip: string } | null {
  if (texts.length === 0) return null;
  const at = Date.now();
  const lines = texts.map((d, i) => JSON.stringify({ seq: i + 1, t: at + 10 * i, s: "stdout", d }));
  return { firstSeq: 1, lastSeq: lines.length, gzip: gzipSync(`${lines.join("\n")}\n`).toString("base64") };
}
