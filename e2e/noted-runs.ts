import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type PromptView, respond, runWorkflow } from "@pulse/schema/wire/workflow-runs";
import { putWorkflow } from "@pulse/schema/wire/workflows";
import { startLosableWorkers } from "./platforms/losable-workers.ts";
import { until } from "./platforms/node.ts";
import type { WorkersGateway } from "./platforms/workers.ts";
import { startWorld, type World, type WorldOptions } from "./world.ts";

/** The names of the two runners that take commands. */
export const commandRunners = ["web-1", "web-2"] as const;

/** A world with the two runners. */
export async function startCommandWorld(options: WorldOptions = {}): Promise<World> {
  const runnerEnv = { PULSE_COMMANDS: "allow" };
  const world = await startWorld({ withoutRunner: true, runnerEnv, ...options });
  try {
    await Promise.all(commandRunners.map((name) => world.startRunner(name)));
  } catch (error) {
    await world.stop();
    throw error;
  }
  return world;
}

/** The same with the gateway on workerd, which can be lost; it looks each second for what nobody woke it for. */
export async function startCommandWorkers(): Promise<{ world: World; gateway: WorkersGateway }> {
  const { promise: started, resolve } = Promise.withResolvers<WorkersGateway>();
  const world = await startCommandWorld({
    async startGateway(given) {
      const gateway = await startLosableWorkers(given, { PULSE_BACKSTOP_MS: "1000" });
      resolve(gateway);
      return gateway;
    },
  });
  return { world, gateway: await started };
}

/** What stands for the value of an expression. */
export const filled = (expression: string) => `\${{ ${expression} }}`;
/** Prints the value of an expression. */
export const say = (expression: string) => `echo ${filled(expression)}`;
/** Appends a line to a file of the folder that the run is told of. */
export const note = (file: string, text = "begun") => `echo ${text} >> "$FOLDER/${file}"`;
/** Goes on when the file is there. */
export const held = (file: string) => `while [ ! -e "$FOLDER/${file}" ]; do sleep 0.05; done`;
/** What commands see of the run. */
export const env = { FOLDER: filled("inputs.folder") };
/** A step's command for these runners. */
export const on = (...targets: string[]) => ({ type: "execute", targets, env });

/** One run after the other, whose commands write to files what they begin. */
export class NotedRuns {
  readonly #world: () => World;
  #folder = "";

  constructor(world: () => World) {
    this.#world = world;
  }

  /** Saves a definition under a name. */
  async save(name: string, definition: unknown): Promise<void> {
    const { client, signal } = this.#world();
    const headers = { "content-type": "application/json" };
    await client.call(putWorkflow, { params: { name }, raw: JSON.stringify(definition), headers, signal });
  }

  /** Makes the folder that commands write to from now on. */
  folder(name: string): string {
    this.#folder = mkdtempSync(join(this.#world().dataDir, `${name}-`));
    return this.#folder;
  }

  /** Saves a definition and starts it, with a folder of its own. */
  async start(name: string, definition: object, headers: Record<string, string> = {}): Promise<string> {
    this.folder(name);
    await this.save(name, { inputs: { folder: { type: "string", required: true } }, ...definition });
    const { client, signal } = this.#world();
    const inputs = { folder: this.#folder };
    return (await client.call(runWorkflow, { params: { name }, body: { inputs }, headers, signal })).id;
  }

  /** What commands wrote to a file so far. */
  lines(file: string): string[] {
    const path = join(this.#folder, file);
    return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
  }

  /** Waits until so many lines are in a file. */
  async written(file: string, count: number): Promise<void> {
    const look = async () => (this.lines(file).length >= count ? true : null);
    await until(`${file} has ${count} lines`, look, undefined, 90_000);
  }

  /** Lets commands go on that are held by this file. */
  release(file: string): void {
    writeFileSync(join(this.#folder, file), "");
  }

  /** The open prompt of a run, once there is one. */
  asked(id: string): Promise<PromptView> {
    return until(
      "it asks",
      async () => {
        const { run } = await this.#world().execution(id);
        return run?.prompts.find(({ status }) => status === "open") ?? null;
      },
      undefined,
      90_000,
    );
  }

  answer(id: string, response: string): Promise<PromptView> {
    const { client, signal } = this.#world();
    return client.call(respond, { params: { id }, body: { response }, signal });
  }
}
