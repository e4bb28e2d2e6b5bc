import { type Core, createCore } from "../../core.ts";
import { finishBuild, finishLeftBuilds } from "../../functions/build.ts";
import { createDirectory } from "../../runners/presence.ts";
import { Backstop } from "./backstop.ts";
import { type ObjectState, readBindings, type WorkerEnv } from "./bindings.ts";
import { blobsOf } from "./blobs.ts";
import { remoteDatabase } from "./database.ts";
import { hubProblem, serveHub } from "./hub-wire.ts";
import { consoleLog, workerPorts } from "./ports.ts";

/** What the object is asked besides the hub's own methods: do what is due. */
export const tickPath = "/tick";

interface Started {
  core: Core;
  serve: (request: Request) => Promise<Response>;
  backstop: Backstop;
}

/**
 * The Durable Object: the stateful half of the gateway behind `serveHub`. It keeps no truth, so that it may be evicted at any
 * moment: what starts it reads the rows again. When the database does not answer, the start fails with that call and the next call tries again.
 */
export class HubObject {
  readonly #state: ObjectState;
  readonly #env: WorkerEnv;
  /** Joined by every call that arrives meanwhile: in an object, unlike in a Worker, calls may wait for each other. */
  #starting: Promise<Started> | null = null;

  constructor(state: ObjectState, env: WorkerEnv) {
    this.#state = state;
    this.#env = env;
  }

  async fetch(request: Request): Promise<Response> {
    try {
      const { core, serve, backstop } = await this.#started();
      await backstop.arm(0);
      if (new URL(request.url).pathname !== tickPath) return await serve(request);
      return Response.json({ nextAt: await core.tick() });
    } catch (error) {
      consoleLog.error("the hub object failed", error);
      return hubProblem(error);
    }
  }

  /** The alarm: does what is due. It never throws, for the platform drops an alarm that failed seven times. */
  async alarm(): Promise<void> {
    const { backstopMs } = readBindings(this.#env);
    let nextAt: number | null = 0;
    let backstop = new Backstop(this.#state.storage, backstopMs);
    try {
      const started = await this.#started();
      backstop = started.backstop;
      backstop.fired();
      nextAt = await started.core.tick();
    } catch (error) {
      consoleLog.error("the alarm failed and comes again", error);
    } finally {
      if (nextAt !== null) await backstop.arm(nextAt);
    }
  }

  #started(): Promise<Started> {
    this.#starting ??= this.#start().catch((error: unknown) => {
      this.#starting = null;
      throw error;
    });
    return this.#starting;
  }

  async #start(): Promise<Started> {
    const bindings = readBindings(this.#env);
    const backstop = new Backstop(this.#state.storage, bindings.backstopMs);
    // First of all: what fails below must be tried again even when nobody calls.
    await backstop.restore();
    const database = remoteDatabase(bindings.databaseUrl, bindings.databaseToken);
    const ports = workerPorts({
      database,
      blobs: blobsOf(bindings, database.client),
      log: consoleLog,
      // What an object does runs on as long as the object lives.
      keepAlive: () => undefined,
    });
    const core = createCore({
      ports,
      directory: createDirectory(ports),
      onBuildEnded: ({ execution }) => finishBuild(ports, execution),
      bootGraceMs: 0,
    });
    try {
      await core.start();
      await finishLeftBuilds(ports);
    } catch (error) {
      // The next call starts another one: two must not tick side by side.
      core.stop();
      throw error;
    }
    const serve = serveHub(core.hub, (error) => consoleLog.error("a call of the hub failed", error));
    return { core, serve, backstop };
  }
}
