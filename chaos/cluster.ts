import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@pulse/schema/client";
import { deployVersion } from "@pulse/schema/wire/functions";
import { createEnrolmentToken, listRunners } from "@pulse/schema/wire/runners";
import { freePort, type Running, startProcess, until } from "../e2e/platforms/node.ts";

/** Where and how a runner runs. */
export interface RunnerPlace {
  name: string;
  slots: number;
  pool?: string;
  /** How it finds the gateway, when not by its loopback address. */
  gateway?: string;
  /** What goes before the command, such as `ip netns exec NAME`. */
  within?: readonly string[];
}

/** What stands around the gateway's own command and environment. */
export interface GatewayPlace {
  host?: string;
  /** What goes before the command. */
  within?: readonly string[];
  env?: Readonly<Record<string, string>>;
}

/** A gateway and its runners as real processes, each of which may be killed and started again over what it left. */
export class Cluster {
  readonly folder: string;
  readonly url: string;
  readonly adminKey = `pk_${randomBytes(24).toString("hex")}`;
  readonly client;
  readonly #port: number;
  readonly #runners = new Map<
    string,
    { running: Running; env: Record<string, string>; within: readonly string[] }
  >();
  readonly #place: GatewayPlace;
  #gateway: Running;

  private constructor(folder: string, port: number, place: GatewayPlace) {
    this.folder = folder;
    this.#place = place;
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.client = createClient({
      baseUrl: this.url,
      headers: () => ({ authorization: `Bearer ${this.adminKey}` }),
    });
    this.#gateway = this.#spawnGateway();
  }

  /** Starts a gateway in a folder of its own; `place` says where from that folder. */
  static async start(place: (folder: string) => GatewayPlace = () => ({})): Promise<Cluster> {
    const folder = await mkdtemp(join(tmpdir(), "pulse-chaos-"));
    const cluster = new Cluster(folder, await freePort(), place(folder));
    try {
      await cluster.ready();
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
    if (runner === undefined) return;
    runner.running = startProcess("runner/src/main.ts", runner.env, [], undefined, runner.within);
  }

  /** The process of a runner. */
  pidOf(name: string): number {
    const pid = this.#runners.get(name)?.running.child.pid;
    if (pid === undefined) throw new Error(`there is no runner ${name}`);
    return pid;
  }

  /** The process of the gateway. */
  get gatewayPid(): number {
    const { pid } = this.#gateway.child;
    if (pid === undefined) throw new Error("the gateway did not start");
    return pid;
  }

  /** The port that the gateway listens at. */
  get port(): number {
    return this.#port;
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
    const { host = "127.0.0.1", within, env } = this.#place;
    const own = {
      PULSE_DATA_DIR: join(this.folder, "gateway"),
      PULSE_PORT: String(this.#port),
      PULSE_HOST: host,
      PULSE_ADMIN_KEY: this.adminKey,
      PULSE_PUBLIC_URL: this.url,
    };
    return startProcess("gateway/src/platform/node/main.ts", { ...own, ...env }, [], undefined, within);
  }

  /** Enrols a runner and waits until it is online. */
  async join({ name, slots, pool = "default", gateway = this.url, within = [] }: RunnerPlace): Promise<void> {
    const signal = AbortSignal.timeout(60_000);
    const { token } = await this.client.call(createEnrolmentToken, { body: { pool }, signal });
    const env = {
      PULSE_GATEWAY: gateway,
      PULSE_ENROLMENT_TOKEN: token,
      PULSE_RUNNER_NAME: name,
      PULSE_STATE_DIR: join(this.folder, name),
      PULSE_SLOTS: String(slots),
      PULSE_SANDBOX: "process",
    };
    const running = startProcess("runner/src/main.ts", env, [], undefined, within);
    this.#runners.set(name, { running, env, within });
    const online = async () => {
      const { items } = await this.client.call(listRunners, { query: { limit: 200 }, signal });
      return items.find((one) => one.name === name)?.status === "online" ? true : null;
    };
    await until(`runner ${name} is online`, online, running);
  }
}
