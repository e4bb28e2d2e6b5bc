import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WarmOrder } from "@pulse/schema/wire/warm-order";
import type { Agent } from "./agent.ts";
import { readRunnerConfig } from "./config.ts";
import { createAgent } from "./create-agent.ts";
import { enrol } from "./enrolment.ts";
import type { FakeGateway } from "./fake-gateway.suite.ts";
import { MaskerShelf } from "./masking/masker-shelf.ts";
import { Gate } from "./policy/gate.ts";
import { Running } from "./running.ts";
import type { AttemptEnd, BuildJob, FunctionJob, JobLink, Workshop } from "./work.ts";

/** How a job goes in a test. */
export type Play = (job: FunctionJob | BuildJob, link: JobLink, signal: AbortSignal) => Promise<AttemptEnd>;

/** A succeeded end; `change` overrides. */
export function ended(change: Partial<AttemptEnd> = {}): AttemptEnd {
  return {
    status: "succeeded",
    reason: null,
    error: null,
    permanent: false,
    retryAfterMs: null,
    built: null,
    timing: {},
    truncated: false,
    ...change,
  };
}

/** A failed end with this message. */
export function failed(message: string): AttemptEnd {
  const error = { code: "Error", message, source: "function" as const };
  return ended({ status: "failed", reason: "function_error", error });
}

/** A body of these parts. */
export function bodyOf(...parts: string[]): ReadableStream<Uint8Array> {
  return new Blob(parts).stream();
}

/** Resolves when the signal fires, with its reason. */
export function aborted(signal: AbortSignal): Promise<unknown> {
  if (signal.aborted) return Promise.resolve(signal.reason);
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(signal.reason), { once: true }),
  );
}

/** The real agent half of a runner; what jobs do is played by the test. */
export class PlayedRunner {
  readonly stateDir = mkdtempSync(join(tmpdir(), "pulse-agent-"));
  readonly said: string[] = [];
  readonly ran: (FunctionJob | BuildJob)[] = [];
  agent: Agent | null = null;
  ended: Promise<unknown> = Promise.resolve();
  /** What it was last told to keep warm. */
  prewarmed: readonly WarmOrder[] = [];
  warm: string[] = [];
  play: Play = async (_job, link) => {
    link.respond({ status: 200, headers: [] }, bodyOf("ok"));
    return ended();
  };
  #changed: () => void = () => undefined;

  /** Enrols if need be and runs; `ended` resolves to what ended it (undefined: it drained). */
  async start(gateway: Pick<FakeGateway, "url">, more: Record<string, string> = {}): Promise<void> {
    const env = {
      PULSE_GATEWAY: gateway.url,
      PULSE_ENROLMENT_TOKEN: "pet_test",
      PULSE_RUNNER_NAME: "one",
      PULSE_SLOTS: "4",
      PULSE_STATE_DIR: this.stateDir,
      ...more,
    };
    const config = readRunnerConfig(env, []);
    const say = (line: string) => void this.said.push(line);
    const { policy: path, commands } = config;
    const gate = new Gate({ path, gateway: config.gateway, sandbox: "process", commands, say });
    const identity = await enrol(config, say, AbortSignal.timeout(20_000));
    const run: Play = (job, link, signal) => {
      this.ran.push(job);
      return this.play(job, link, signal);
    };
    const workshop: Workshop = {
      runtimes: ["typescript"],
      capabilities: ["process"],
      preparing: () => null,
      warm: () => this.warm,
      onChange: (callback) => {
        this.#changed = callback;
      },
      run,
      build: run,
      prewarm: (orders) => {
        this.prewarmed = orders;
      },
      stop: async () => undefined,
    };
    this.agent = createAgent({
      ...{ config, identity, workshop, gate, say },
      ...{ running: new Running(), maskers: new MaskerShelf() },
    });
    this.ended = this.agent.run().then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  /** Tells the agent that a version became warm. */
  nowWarm(version: string): void {
    this.warm = [...this.warm, version];
    this.#changed();
  }

  async stop(): Promise<void> {
    this.agent?.drain();
    await this.ended;
    rmSync(this.stateDir, { recursive: true, force: true });
  }
}
