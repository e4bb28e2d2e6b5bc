import { randomBytes } from "node:crypto";
import { makeId } from "@pulse/schema/ids";
import type { Outcome } from "@pulse/schema/wire/job";
import { versionSettings } from "@pulse/schema/wire/manifest";
import type { SyncRequest } from "@pulse/schema/wire/runner-protocol";
import { afterEach, beforeEach, expect } from "vitest";
import { type BuildEnd, type Core, createCore } from "../core.ts";
import type { Hub, Invoked, NewExecution, RunnerRecord, WarmWant } from "../hub.ts";
import type { Ports } from "../ports.ts";
import { makeMemoryPorts } from "./memory-ports.suite.ts";
import { settle } from "./settle.suite.ts";

export { settle };

/** A clock that moves only when told to; timers run in order of time, with all other work done between them. */
export class FakeClock {
  #now = 1_760_000_000_000;
  #timers: { at: number; callback: () => void }[] = [];

  now = (): number => this.#now;

  timer = (ms: number, callback: () => void): (() => void) => {
    const timer = { at: this.#now + ms, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  };

  /** Lets `ms` pass. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    for (;;) {
      const next = this.#timers.filter((one) => one.at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      await settle();
    }
    this.#now = until;
    await settle();
  }
}

export const never = new AbortController().signal;

/** A core over a fresh in-memory database, with runners that the test plays. */
export interface World {
  clock: FakeClock;
  ports: Ports;
  core: Core;
  hub: Hub;
  runners: Map<string, RunnerRecord>;
  built: BuildEnd[];
  /** What functions want warm. */
  wants: WarmWant[];
  problems: unknown[];
  /** Ends the core as a crash would and starts another one over the same rows. */
  restart(): Promise<void>;
  status(id: string): Promise<Record<string, unknown>>;
  close(): void;
}

/** Makes a world; `wrap` puts the hub behind another implementation (the wire). */
export async function makeWorld(wrap: (hub: Hub) => Hub = (hub) => hub): Promise<World> {
  const clock = new FakeClock();
  const problems: unknown[] = [];
  const ports = await makeMemoryPorts(clock, problems);
  const { client } = ports.database;
  const runners = new Map<string, RunnerRecord>();
  const built: BuildEnd[] = [];
  const wants: WarmWant[] = [];
  const directory = {
    loadRunner: async (id: string) => {
      const record = runners.get(id);
      return record === undefined ? null : { ...record };
    },
    savePresence: async () => undefined,
  };
  const start = async () => {
    const onBuildEnded = async (end: BuildEnd) => void built.push(end);
    const warmWants = async (project: string) => wants.filter(({ order }) => order.project === project);
    const core = createCore({ ports, directory, onBuildEnded, warmWants });
    await core.start();
    return core;
  };
  const core = await start();
  const world: World = {
    clock,
    ports,
    core,
    hub: wrap(core.hub),
    runners,
    built,
    wants,
    problems,
    async restart() {
      world.core.stop();
      await settle();
      world.core = await start();
      world.hub = wrap(world.core.hub);
    },
    async status(id) {
      const { rows } = await client.execute({ sql: "SELECT * FROM executions WHERE id = ?", args: [id] });
      return { ...rows[0] };
    },
    close() {
      world.core.stop();
      client.close();
    },
  };
  return world;
}

/** A world of its own for each test of the block, in which nothing may go wrong unseen. */
export function worldOfEach(wrap?: (hub: Hub) => Hub): () => World {
  let world: World;
  beforeEach(async () => {
    world = await makeWorld(wrap);
  });
  afterEach(() => {
    world.close();
    expect(world.problems).toEqual([]);
  });
  return () => world;
}

/** A new function execution with every field set; `change` overrides. */
export function newExecution(world: World, change: Partial<NewExecution> = {}): NewExecution {
  const now = world.clock.now();
  const id = change.id ?? makeId("execution", now, randomBytes(10));
  return {
    id,
    requires: { runtime: "typescript", labels: {}, arch: null },
    mode: "sync",
    pool: "default",
    functionId: "fn_a",
    versionId: "ver_a",
    runAt: now,
    expiresAt: null,
    createdAt: now,
    parentId: null,
    cap: null,
    retry: null,
    idempotency: null,
    mayRedeliver: false,
    job: {
      kind: "function",
      execution: id,
      project: "default",
      delivery: "atLeastOnce",
      timeoutMs: 60_000,
      deadlineMs: null,
      traceparent: null,
      version: "ver_a",
      bundle: `sha256:${"0".repeat(64)}`,
      spec: {
        function: { id: "fn_a", name: "hello", version: 1, alias: "live" },
        runtime: "typescript",
        entry: "index.ts",
        settings: versionSettings.parse({}),
        keepAliveMs: 600_000,
        deps: null,
        trigger: { type: "http" },
        request: { method: "POST", url: "http://localhost/f/hello", path: "/", headers: [] },
        body: { at: "none" },
        idempotencyKey: null,
        depth: 0,
      },
    },
    ...change,
  };
}

/** A runner's side of the hub, played by a test. */
export class PlayedRunner {
  readonly record: RunnerRecord;
  readonly #world: World;
  #n = 0;

  constructor(world: World, change: Partial<RunnerRecord> = {}) {
    this.#world = world;
    this.record = {
      id: `rnr_${change.name ?? "one"}`,
      project: "default",
      name: "one",
      pool: "default",
      labels: {},
      epoch: 1,
      instanceId: "i1",
      arch: "x64",
      runtimes: ["typescript"],
      capabilities: ["process"],
      slots: 2,
      state: "active",
      preparing: null,
      ...change,
    };
    world.runners.set(this.record.id, this.record);
  }

  get holder() {
    return { runner: this.record.id, epoch: this.record.epoch };
  }

  async join(inFlight: { execution: string; fence: number; state: "running" | "finished" }[] = []) {
    return this.#world.hub.openSession({ runner: { ...this.record }, inFlight });
  }

  sync(change: Partial<SyncRequest> = {}, signal: AbortSignal = never) {
    const request = { waitMs: 30_000, free: 1, state: "active" as const, warm: [], running: [], ...change };
    return this.#world.hub.sync({ holder: this.holder, request: { n: ++this.#n, ...request } }, signal);
  }

  /** Has an execution handed to this runner, which is parked for it: a waited-for one unless `change` says otherwise, its caller's answer still to come. */
  async handed(change: Partial<NewExecution> = {}, body: ReadableStream<Uint8Array> | null = null) {
    const sync = this.sync();
    await settle();
    const execution = newExecution(this.#world, change);
    const waitMs = execution.mode === "sync" ? 60_000 : 0;
    const answer = this.#world.hub.invoke({ execution, waitMs, body }, never);
    if (waitMs === 0) await answer;
    const [job] = (await sync).jobs;
    if (job?.execution !== execution.id) throw new Error(`expected ${execution.id}, got ${job?.execution}`);
    return { execution, answer, held: { holder: this.holder, execution: execution.id, fence: 1 } };
  }

  async complete(execution: string, fence: number, change: Partial<Outcome> = {}, want = 0) {
    const outcomes = [{ execution, fence, outcome: makeOutcome(change) }];
    return this.#world.hub.complete({ holder: this.holder, outcomes, want });
  }
}

/** A succeeded outcome with a small response; `change` overrides. */
export function makeOutcome(change: Partial<Outcome> = {}): Outcome {
  const body = { base64: Buffer.from('{"ok":true}').toString("base64") };
  return {
    status: "succeeded",
    reason: null,
    error: null,
    permanent: false,
    retryAfterMs: null,
    response: { status: 200, headers: [["content-type", "application/json"]], body },
    built: null,
    timing: { runMs: 1, start: "warm" },
    truncated: false,
    logs: { lastSeq: 0, bytes: 0 },
    ...change,
  };
}

/** A failed outcome without a response. */
export function makeFailure(
  reason: "function_error" | "infrastructure",
  change: Partial<Outcome> = {},
): Outcome {
  const error = { code: reason, message: "it failed", source: "function" as const };
  return makeOutcome({ status: "failed", reason, error, response: null, ...change });
}

/** The settled execution of an answer; throws when it is something else. */
export function settledOf(invoked: Invoked) {
  if (invoked.kind !== "settled") throw new Error(`expected a settled execution, got ${invoked.kind}`);
  return invoked.execution;
}
