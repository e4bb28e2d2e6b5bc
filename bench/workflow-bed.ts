import { join } from "node:path";
import { createEnrolmentToken } from "@pulse/schema/wire/runners";
import { freePort, startProcess, until } from "../e2e/platforms/node.ts";
import { type StartGateway, startWorld, type World } from "../e2e/world.ts";
import { Caller } from "./caller.ts";
import { PlayedRunner } from "./played-runner.ts";

/** What a gateway's database was asked so far. */
export interface Asked {
  calls: number;
  statements: number;
  commits: number;
}

/** A job that reached a runner, and when (ms): it arrived, and its end left. */
export interface SeenJob {
  execution: string;
  arrivedAt: number;
  endedAt: number | null;
}

const capacity = 16;

/** A gateway whose database calls are counted, and runners in this process that end every job at once. */
export class WorkflowBed {
  readonly world: World;
  readonly runners: PlayedRunner[] = [];
  /** In order of their arrival. */
  readonly jobs: SeenJob[] = [];
  #arrived: (() => void)[] = [];

  private constructor(world: World) {
    this.world = world;
  }

  /** Starts it with so many runners, called `played-0` and so on. */
  static async start(runners: number): Promise<WorkflowBed> {
    const bed = new WorkflowBed(
      await startWorld({ withoutRunner: true, startGateway: countedGateway(await freePort()) }),
    );
    try {
      const builder = await bed.world.startRunner("builder");
      await bed.world.deploy("hello", { "index.ts": "export const handler = () => 1;" });
      await builder.stop();
      for (let i = 0; i < runners; i++) await bed.#join(`played-${i}`);
      await until("all runners are parked", async () =>
        bed.runners.every((one) => one.isParked) ? true : null,
      );
    } catch (error) {
      await bed.stop();
      throw error;
    }
    return bed;
  }

  get gatewayPid(): number {
    return this.world.gateway.child.pid ?? 0;
  }

  /** A caller of one path, with the admin key. */
  caller(path: string, body = "{}", headers: Record<string, string> = {}): Caller {
    const authorization = `Bearer ${this.world.adminKey}`;
    return new Caller(`${this.world.url}${path}`, { authorization, ...headers }, body);
  }

  /** Saves a definition. */
  async save(name: string, definition: unknown): Promise<void> {
    const response = await this.world.call(`/v1/workflows/${name}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(definition),
    });
    if (!response.ok) throw new Error(`${name} was not saved: ${await response.text()}`);
    await response.arrayBuffer();
  }

  /** Starts a run; returns its id. */
  async run(name: string): Promise<string> {
    const response = await this.world.call(`/v1/workflows/${name}/executions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    const answer: unknown = await response.json();
    if (typeof answer !== "object" || answer === null || !("id" in answer))
      throw new Error(`${name} was not started: ${JSON.stringify(answer)}`);
    return String(answer.id);
  }

  /** Resolves when so many jobs have arrived since the start. */
  async arrived(count: number): Promise<void> {
    while (this.jobs.length < count) await new Promise<void>((resolve) => this.#arrived.push(resolve));
  }

  /** What the gateway's database was asked since the gateway started. */
  async asked(): Promise<Asked> {
    const { child, output } = this.world.gateway;
    const lines = () => [...output().matchAll(/^asked (\{.*\})$/gm)];
    const before = lines().length;
    child.kill("SIGUSR2");
    return await until("the counters", async () => {
      const line = lines()[before]?.[1];
      // Written by the gateway's own entry beside this.
      return line === undefined ? null : (JSON.parse(line) as Asked);
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.runners.map((runner) => runner.leave()));
    await this.world.stop();
  }

  async #join(name: string): Promise<void> {
    const { client, url, signal } = this.world;
    const { token } = await client.call(createEnrolmentToken, { body: {}, signal });
    const open = new Map<string, SeenJob>();
    const runner = await PlayedRunner.enrol(url, token, name, {
      capacity,
      capabilities: ["process", "commands"],
      onJob: ({ execution }) => {
        const seen = { execution, arrivedAt: performance.now(), endedAt: null };
        open.set(execution, seen);
        this.jobs.push(seen);
        for (const resolve of this.#arrived.splice(0)) resolve();
      },
      onEnd: ({ execution }) => {
        const seen = open.get(execution);
        if (seen !== undefined) seen.endedAt = performance.now();
      },
    });
    this.runners.push(runner);
    void runner.live();
  }
}

function countedGateway(port: number): StartGateway {
  return async ({ dataDir, adminKey }) => {
    const url = `http://127.0.0.1:${port}`;
    const running = startProcess("bench/counted-gateway.ts", {
      PULSE_DATA_DIR: join(dataDir, "gateway"),
      PULSE_PORT: String(port),
      PULSE_ADMIN_KEY: adminKey,
      PULSE_PUBLIC_URL: url,
    });
    const ready = async () => ((await fetch(`${url}/readyz`).catch(() => null))?.ok ? true : null);
    await until("the gateway answers", ready, running);
    return { url, running };
  };
}
