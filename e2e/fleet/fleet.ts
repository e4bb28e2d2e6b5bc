import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isTerminal } from "@pulse/schema/status";
import { type ExecutionView, getExecution } from "@pulse/schema/wire/executions";
import { createEnrolmentToken, deleteRunner, listRunners } from "@pulse/schema/wire/runners";
import type { RunView, StepView } from "@pulse/schema/wire/workflow-runs";
import { type Running, startProcess, until } from "../platforms/node.ts";
import { startWorld, type World } from "../world.ts";
import { CuttableWire } from "./cuttable-wire.ts";
import { Machine } from "./machine.ts";

/** A runner of the fleet: what it is called, and what the gateway says of it. */
export interface Place {
  name: string;
  pool: string;
  labels: Record<string, string>;
}

/** An execution of a workflow, with what its run shows. */
export type RunOf = ExecutionView & { run: RunView };

/** A gateway and runners for commands as real processes, each with programs of its own that write down what ran. */
export class Fleet {
  readonly world: World;
  readonly machines = new Map<string, Machine>();
  readonly wires = new Map<string, CuttableWire>();
  readonly #story: string;
  readonly #runners = new Map<string, Running>();
  readonly #places: ReadonlyMap<string, Place>;
  #saved = 0;

  private constructor(world: World, places: readonly Place[]) {
    this.world = world;
    this.#story = join(world.dataDir, "story");
    this.#places = new Map(places.map((place) => [place.name, place]));
    this.forget();
  }

  /** Starts a gateway, and all runners at once. Those of `cuttable` reach it over wires that can be cut. */
  static async start(
    places: readonly Place[],
    { cuttable = [], gatewayEnv = {} }: { cuttable?: string[]; gatewayEnv?: Record<string, string> } = {},
  ): Promise<Fleet> {
    const fleet = new Fleet(await startWorld({ withoutRunner: true, gatewayEnv }), places);
    try {
      for (const name of cuttable) fleet.wires.set(name, await CuttableWire.to(fleet.world.url));
      for (const { name } of places) {
        const machine = new Machine(fleet.world.dataDir, name, fleet.#story);
        machine.allow({});
        fleet.machines.set(name, machine);
      }
      await Promise.all(places.map(({ name }) => fleet.join(name)));
    } catch (error) {
      await fleet.stop();
      throw error;
    }
    return fleet;
  }

  get names(): string[] {
    return [...this.#places.keys()];
  }

  machine(name: string): Machine {
    const machine = this.machines.get(name);
    if (machine === undefined) throw new Error(`there is no machine ${name}`);
    return machine;
  }

  /** Enrols a runner and starts it, or starts one that has ended over what it left; resolves when it takes work. */
  async join(name: string): Promise<void> {
    const { client, url, dataDir, signal } = this.world;
    const place = this.#places.get(name);
    if (place === undefined) throw new Error(`there is no place ${name}`);
    const { pool, labels } = place;
    const { token } = await client.call(createEnrolmentToken, { body: { pool, labels }, signal });
    const since = new Date().toISOString();
    const running = startProcess("runner/src/main.ts", {
      PULSE_GATEWAY: this.wires.get(name)?.url ?? url,
      PULSE_ENROLMENT_TOKEN: token,
      PULSE_RUNNER_NAME: name,
      PULSE_STATE_DIR: join(dataDir, name),
      PULSE_SANDBOX: "process",
      ...this.machine(name).env,
    });
    this.#runners.set(name, running);
    const isThere = async () => {
      const { items } = await client.call(listRunners, { query: { limit: 200 }, signal });
      const found = items.find((one) => one.name === name);
      return found?.status === "online" && (found.lastSeenAt ?? "") > since ? true : null;
    };
    await until(`runner ${name} is online`, isThere, running, 240_000);
  }

  /** Kills a runner's process; what it was running runs on. */
  async kill(name: string): Promise<void> {
    await this.#runners.get(name)?.kill();
  }

  /** Kills everything of a machine, as a power loss does: the runner, and what it was running. */
  async powerOff(name: string): Promise<void> {
    await this.kill(name);
    const machine = this.machine(name);
    const isOff = async () => (machine.kill() === 0 ? true : null);
    await until(`nothing runs on ${name}`, isOff);
  }

  /** Takes a runner's right to be one. */
  async remove(name: string): Promise<void> {
    const { client, signal } = this.world;
    await client.call(deleteRunner, { params: { name }, signal });
  }

  /** Saves a definition and starts a run of it. */
  async run(definition: unknown, inputs: Record<string, unknown> = {}, name?: string): Promise<string> {
    this.#saved += 1;
    const saved = name ?? `tried-${this.#saved}`;
    await this.send("PUT", `/v1/workflows/${saved}`, definition);
    const { id } = await this.send("POST", `/v1/workflows/${saved}/executions`, { inputs });
    return String(id);
  }

  /** Calls the API with JSON; throws the problem that it answers. */
  async send(method: string, path: string, body: unknown): Promise<Record<string, unknown>> {
    const headers = { "content-type": "application/json" };
    const response = await this.world.call(path, { method, headers, body: JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return text === "" ? {} : JSON.parse(text);
  }

  /** A run as it is now. */
  async view(id: string): Promise<RunOf> {
    const { client, signal } = this.world;
    const view = await client.call(getExecution, { params: { id }, signal });
    if (view.run === undefined) throw new Error(`${id} is no run of a workflow`);
    return { ...view, run: view.run };
  }

  /** Waits until a run looks so; throws with what it looks like when it does not come to it. */
  async until(id: string, what: string, isSo: (view: RunOf) => boolean): Promise<RunOf> {
    let seen: RunOf | null = null;
    const look = async () => {
      seen = await this.view(id);
      return isSo(seen) ? seen : null;
    };
    return await until(what, look, undefined, 100_000).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${JSON.stringify(seen, null, 1)}`);
    });
  }

  /** Waits until a run has ended. */
  ended(id: string): Promise<RunOf> {
    return this.until(id, `run ${id} ends`, ({ status }) => isTerminal(status));
  }

  /** Waits until a question is open, and answers it. */
  async answer(
    id: string,
    question: RegExp,
    response: string,
    form?: Record<string, unknown>,
  ): Promise<void> {
    const view = await this.until(
      id,
      `${question} is asked`,
      ({ run }) => openPrompt(run, question) !== undefined,
    );
    const promptId = openPrompt(view.run, question)?.id;
    const body = { response, promptId, ...(form === undefined ? {} : { form }) };
    await this.send("POST", `/v1/executions/${id}/respond`, body);
  }

  /** What ran since the last `forget`, in the order in which it began: the machine, then what it wrote down. */
  story(): string[] {
    return readFileSync(this.#story, "utf8").split("\n").filter(Boolean);
  }

  forget(): void {
    writeFileSync(this.#story, "");
  }

  /** Ends every process, also those of commands that wait in `hold`. */
  async stop(): Promise<void> {
    for (const wire of this.wires.values()) wire.mend();
    await Promise.all([...this.#runners.values()].map((runner) => runner.stop()));
    await this.world.stop();
    for (const wire of this.wires.values()) await wire.close();
  }
}

/** The open question of a run whose message fits. */
export function openPrompt(run: RunView, question: RegExp): RunView["prompts"][number] | undefined {
  return run.prompts.find(({ status, message }) => status === "open" && question.test(message));
}

/** The step of a run with this id. */
export function stepOf({ run }: RunOf, id: string): StepView {
  const step = run.steps.find((one) => one.id === id);
  if (step === undefined) throw new Error(`the run has no step ${id}`);
  return step;
}

/** How each target of a step did, by the runner's name. */
export function targetsOf(view: RunOf, id: string): Record<string, string> {
  return Object.fromEntries(stepOf(view, id).targets.map(({ runner, status }) => [runner, status]));
}
