import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient } from "@pulse/schema/client";
import { isTerminal } from "@pulse/schema/status";
import { type ExecutionView, getExecution } from "@pulse/schema/wire/executions";
import { deployVersion, type VersionView } from "@pulse/schema/wire/functions";
import { createEnrolmentToken, listRunners } from "@pulse/schema/wire/runners";
import type { RunView } from "@pulse/schema/wire/workflow-runs";
import { freePort, type Running, startProcess, until } from "./platforms/node.ts";

/** An execution with the run that one of a workflow has. */
export type WholeExecution = ExecutionView & { run?: RunView | undefined };

export interface WorldOptions {
  sandbox?: "process" | "docker";
  slots?: number;
  gatewayEnv?: Record<string, string>;
  runnerEnv?: Record<string, string>;
  /** Start no runner; `startRunner` does it later. */
  withoutRunner?: boolean;
  /** Starts the gateway of another platform than Node. */
  startGateway?: StartGateway;
}

/** A gateway that answers: where, as what process, and, where that is no death of the process, how it crashes. */
export interface StartedGateway {
  url: string;
  running: Running;
  crash?(): Promise<void>;
}

export type StartGateway = (given: { dataDir: string; adminKey: string }) => Promise<StartedGateway>;

/** A gateway and a runner as processes of their own, with real keys, over real HTTP. */
export interface World {
  url: string;
  adminKey: string;
  dataDir: string;
  client: Client;
  /** There from the first `startGateway` on. */
  gateway: Running;
  runner: Running | null;
  signal: AbortSignal;
  /** Deploys files and waits until the version is ready; throws the problem otherwise. */
  deploy(name: string, files: Record<string, string>, options?: DeployOptions): Promise<VersionView>;
  /** Calls a function with the admin key (or the headers given). */
  call(path: string, init?: RequestInit & { key?: string | null }): Promise<Response>;
  /** Waits until an execution has ended. */
  ended(id: string): Promise<WholeExecution>;
  execution(id: string): Promise<WholeExecution>;
  startRunner(name: string, env?: Record<string, string>): Promise<Running>;
  /** Kills the gateway as a crash would, and starts it over the same data. */
  crashGateway(): Promise<void>;
  startGateway(): Promise<void>;
  stop(): Promise<void>;
}

export interface DeployOptions {
  runtime?: "typescript" | "python";
  settings?: Record<string, unknown>;
  alias?: string;
  message?: string;
}

/** Starts a world in a folder of its own; `stop` leaves no process and no file. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const dataDir = await mkdtemp(join(tmpdir(), "pulse-e2e-"));
  const adminKey = `pk_${randomBytes(24).toString("hex")}`;
  const signal = AbortSignal.timeout(15 * 60_000);
  const start = options.startGateway ?? nodeGateway(await freePort(), options.gatewayEnv ?? {});
  let gateway = await start({ dataDir, adminKey }).catch(async (error: unknown) => {
    await rm(dataDir, { recursive: true, force: true });
    throw error;
  });
  const { url } = gateway;
  const client = createClient({ baseUrl: url, headers: () => ({ authorization: `Bearer ${adminKey}` }) });
  const runners: Running[] = [];

  const world: World = {
    url,
    adminKey,
    dataDir,
    client,
    signal,
    gateway: gateway.running,
    runner: null,
    async startGateway() {
      gateway = await start({ dataDir, adminKey });
      world.gateway = gateway.running;
    },
    async startRunner(name, env = {}) {
      const { token } = await client.call(createEnrolmentToken, { body: {}, signal });
      const runner = startProcess("runner/src/main.ts", {
        PULSE_GATEWAY: url,
        PULSE_ENROLMENT_TOKEN: token,
        PULSE_RUNNER_NAME: name,
        PULSE_STATE_DIR: join(dataDir, name),
        PULSE_SLOTS: String(options.slots ?? 4),
        PULSE_SANDBOX: options.sandbox ?? "process",
        ...dockerEnv(),
        ...options.runnerEnv,
        ...env,
      });
      runners.push(runner);
      const online = async () => {
        const { items } = await client.call(listRunners, { query: {}, signal });
        const found = items.find((one) => one.name === name);
        return found?.status === "online" && found.preparing === null ? true : null;
      };
      await until(`runner ${name} is online`, online, runner, 120_000);
      return runner;
    },
    async deploy(name, files, { runtime = "typescript", settings = {}, alias, message } = {}) {
      return client.call(deployVersion, {
        params: { name },
        query: { wait: 120, ...(alias === undefined ? {} : { alias }) },
        body: { runtime, files, settings, ...(message === undefined ? {} : { message }) } as never,
        signal,
      });
    },
    call(path, init = {}) {
      const { key = adminKey, ...rest } = init;
      const headers = new Headers(rest.headers);
      if (key !== null && !headers.has("authorization")) headers.set("authorization", `Bearer ${key}`);
      return fetch(url + path, { ...rest, headers });
    },
    execution: (id) => client.call(getExecution, { params: { id }, signal }),
    ended(id) {
      return until(
        `execution ${id} ends`,
        async () => {
          const view = await world.execution(id);
          return isTerminal(view.status) ? view : null;
        },
        undefined,
        90_000,
      );
    },
    async crashGateway() {
      if (gateway.crash !== undefined) return gateway.crash();
      await world.gateway.kill();
      await world.startGateway();
    },
    async stop() {
      for (const runner of runners) await runner.stop();
      await world.gateway.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  try {
    if (!options.withoutRunner) world.runner = await world.startRunner("local");
  } catch (error) {
    await world.stop();
    throw error;
  }
  return world;
}

function nodeGateway(port: number, env: Record<string, string>): StartGateway {
  return async ({ dataDir, adminKey }) => {
    const url = `http://localhost:${port}`;
    const running = startProcess("gateway/src/platform/node/main.ts", {
      PULSE_DATA_DIR: join(dataDir, "gateway"),
      PULSE_PORT: String(port),
      PULSE_ADMIN_KEY: adminKey,
      PULSE_PUBLIC_URL: url,
      ...env,
    });
    const ready = async () => ((await fetch(`${url}/readyz`).catch(() => null))?.ok ? true : null);
    await until("the gateway answers", ready, running).catch(async (error: unknown) => {
      await running.stop();
      throw error;
    });
    return { url, running };
  };
}

/** What a runner needs of our environment to find a Docker engine and its images. */
function dockerEnv(): Record<string, string> {
  const names = ["DOCKER_HOST", "PULSE_IMAGE_TYPESCRIPT", "PULSE_IMAGE_PYTHON"];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

/** The id of the execution that an answer belongs to. */
export function executionOf(response: Response): string {
  const id = response.headers.get("pulse-execution-id");
  if (id === null) throw new Error(`the answer (${response.status}) names no execution`);
  return id;
}
