import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@pulse/schema/client";
import { deployVersion } from "@pulse/schema/wire/functions";
import { createEnrolmentToken, listRunners } from "@pulse/schema/wire/runners";
import { freePort, type Running, startProcess, until } from "../e2e/platforms/node.ts";

/** A gateway and its runners as real processes, each of which may be killed and started again over what it left. */
export class Cluster {
  readonly folder: string;
  readonly url: string;
  readonly adminKey = `pk_${randomBytes(24).toString("hex")}`;
  readonly client;
  readonly #port: number;
  readonly #runners = new Map<string, { running: Running; env: Record<string, string> }>();
  #gateway: Running;

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.client = createClient({
      baseUrl: this.url,
      headers: () => ({ authorization: `Bearer ${this.adminKey}` }),
    });
    this.#gateway = this.#spawnGateway();
  }

  /** Starts a gateway and so many runners in a folder of their own. */
  static async start(runners: number, slots: number): Promise<Cluster> {
    const cluster = new Cluster(await mkdtemp(join(tmpdir(), "pulse-chaos-")), await freePort());
    try {
      await cluster.ready();
      await Promise.all(Array.from({ length: runners }, (_, i) => cluster.#join(`chaos-${i}`, slots)));
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** The file that the gateway keeps its rows in. */
  get database(): string {
    return join(this.folder, "gateway", "pulse.db");
  }

  get runners(): string[] {
    return [...this.#runners.keys()];
  }

  /** Deploys a function and waits until it is ready. */
  async deploy(name: string, source: string, settings: Record<string, unknown>): Promise<void> {
    await this.client.call(deployVersion, {
      params: { name },
      query: { wait: 60 },
      body: { runtime: "typescript", files: { "index.ts": source }, settings } as never,
      signal: AbortSignal.timeout(90_000),
    });
  }

  /** Resolves when the gateway answers. */
  async ready(): Promise<void> {
    const look = async () => {
      const response = await fetch(`${this.url}/readyz`).catch(() => null);
      await response?.arrayBuffer();
      return response?.ok ? true : null;
    };
    await until("the gateway answers", look, this.#gateway);
  }

  async killGateway(): Promise<void> {
    await this.#gateway.kill();
  }

  startGateway(): void {
    this.#gateway = this.#spawnGateway();
  }

  async killRunner(name: string): Promise<void> {
    await this.#runners.get(name)?.running.kill();
  }

  startRunner(name: string): void {
    const runner = this.#runners.get(name);
    if (runner !== undefined) runner.running = startProcess("runner/src/main.ts", runner.env);
  }

  /** What a process said, for a report of something that went wrong. */
  output(): string {
    return this.#gateway.output().slice(-4000);
  }

  async stopGateway(): Promise<void> {
    await this.#gateway.stop();
  }

  /** Ends every process; the folder is kept when `isKept`. */
  async stop(isKept = false): Promise<void> {
    await Promise.all([...this.#runners.values()].map(({ running }) => running.stop()));
    await this.#gateway.stop();
    if (!isKept) await rm(this.folder, { recursive: true, force: true });
  }

  #spawnGateway(): Running {
    return startProcess("gateway/src/platform/node/main.ts", {
      PULSE_DATA_DIR: join(this.folder, "gateway"),
      PULSE_PORT: String(this.#port),
      PULSE_ADMIN_KEY: this.adminKey,
      PULSE_PUBLIC_URL: this.url,
    });
  }

  async #join(name: string, slots: number): Promise<void> {
    const signal = AbortSignal.timeout(60_000);
    const { token } = await this.client.call(createEnrolmentToken, { body: {}, signal });
    const env = {
      PULSE_GATEWAY: this.url,
      PULSE_ENROLMENT_TOKEN: token,
      PULSE_RUNNER_NAME: name,
      PULSE_STATE_DIR: join(this.folder, name),
      PULSE_SLOTS: String(slots),
      PULSE_SANDBOX: "process",
    };
    const running = startProcess("runner/src/main.ts", env);
    this.#runners.set(name, { running, env });
    const online = async () => {
      const { items } = await this.client.call(listRunners, { query: {}, signal });
      return items.find((one) => one.name === name)?.status === "online" ? true : null;
    };
    await until(`runner ${name} is online`, online, running);
  }
}
