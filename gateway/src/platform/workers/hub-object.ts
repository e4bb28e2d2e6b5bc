import { type Core, createCore, type Place } from "../../core.ts";
import { finishBuild, finishLeftBuilds } from "../../functions/build.ts";
import { createWarmWants } from "../../functions/warm-wants.ts";
import type { Hub, PoolScope } from "../../hub.ts";
import { sendingOf } from "../../notifications/sending.ts";
import { policyOf } from "../../outbound/policy-of.ts";
import type { Ports } from "../../ports.ts";
import { createDirectory } from "../../runners/presence.ts";
import { outsideOf } from "../../workflows/outside/outside-of.ts";
import { Backstop } from "./backstop.ts";
import { type Bindings, type ObjectState, readBindings, type WorkerEnv } from "./bindings.ts";
import { blobsOf } from "./blobs.ts";
import { remoteDatabase } from "./database.ts";
import { fewAtOnce } from "./few-at-once.ts";
import { hubClient, hubProblem, serveHub } from "./hub-wire.ts";
import { KnownOrigin, originHeader } from "./known-origin.ts";
import { keysOf } from "./master-keys.ts";
import { NewsRelay } from "./news-relay.ts";
import { controlObject, nameHeader, type ObjectRole, roleOf } from "./object-name.ts";
import { patientHub } from "./patient-hub.ts";
import { createPlaces } from "./places.ts";
import { consoleLog, workerPorts } from "./ports.ts";
import { senderTo } from "./sender.ts";
import { shardedHub } from "./sharded-hub.ts";

/** What the object is asked besides the hub's own methods: do what is due. */
export const tickPath = "/tick";
const nameKey = "name";
/** How soon the alarm comes again to a Worker that is not set up, or not any longer. */
const backstopWithoutBindingsMs = 60_000;
/** How far after its time a workflow's wait ends at most when the object was evicted meanwhile. */
const timelyMs = 1000;
/** Requests of steps that are under way at once: of the object's six connections some are left to the database. */
const requestsMost = 4;

interface Started {
  core: Core;
  serve: (request: Request) => Promise<Response>;
  backstop: Backstop;
  /** Whether any call may leave something to do later; where not, the core says when it has. */
  arms: boolean;
  /** Of a control object, which starts what no request starts. */
  origin: KnownOrigin | null;
}

/**
 * The Durable Object: the stateful half of the gateway behind `serveHub`, for one pool or as the control object of one project (`ObjectRole`).
 * It keeps no truth, so that it may be evicted at any moment: what starts it reads the rows again. When the database does not answer, the start
 * fails with that call and the next call tries again.
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
      const { core, serve, backstop, arms, origin } = await this.#started(request.headers.get(nameHeader));
      await origin?.hear(request.headers.get(originHeader));
      if (arms) await backstop.arm(0);
      if (new URL(request.url).pathname !== tickPath) return await serve(request);
      return Response.json({ nextAt: await core.tick() });
    } catch (error) {
      consoleLog.error("the hub object failed", error);
      return hubProblem(error);
    }
  }

  /** The alarm: does what is due. It never throws, for the platform drops an alarm that failed seven times. */
  async alarm(): Promise<void> {
    let nextAt: number | null = 0;
    let backstop = new Backstop(this.#state.storage, backstopWithoutBindingsMs);
    try {
      backstop = new Backstop(this.#state.storage, readBindings(this.#env).backstopMs);
      const started = await this.#started(null);
      backstop = started.backstop;
      backstop.fired();
      nextAt = await started.core.tick();
    } catch (error) {
      consoleLog.error("the alarm failed and comes again", error);
    } finally {
      if (nextAt !== null) await backstop.arm(nextAt);
    }
  }

  #started(name: string | null): Promise<Started> {
    this.#starting ??= this.#start(name).catch((error: unknown) => {
      this.#starting = null;
      throw error;
    });
    return this.#starting;
  }

  async #start(given: string | null): Promise<Started> {
    const bindings = readBindings(this.#env);
    const role = await this.#role(given);
    const database = remoteDatabase(bindings.databaseUrl, bindings.databaseToken);
    const ports = workerPorts({
      database,
      blobs: blobsOf(bindings, database.client),
      log: consoleLog,
      masterKeys: keysOf(bindings),
      outbound: policyOf(bindings),
      // What an object does runs on as long as the object lives.
      keepAlive: () => undefined,
      tracing: bindings.tracing,
    });
    const ofPool = role.kind === "pool" ? poolPlace(role, bindings, ports) : null;
    const everyMs = ofPool !== null ? bindings.backstopMs : Math.min(bindings.backstopMs, timelyMs);
    const backstop = new Backstop(this.#state.storage, everyMs);
    const origin = new KnownOrigin(bindings.publicUrl, this.#state.storage);
    if (ofPool === null) await origin.restore();
    const core = createCore({
      ports,
      directory: createDirectory(ports),
      onBuildEnded: ({ execution }) => finishBuild(ports, execution),
      warmWants: createWarmWants(ports),
      bootGraceMs: 0,
      ...(ofPool ?? control(role.project, bindings, ports, backstop, origin)),
    });
    const serve = serveHub(core.hub, (error) => consoleLog.error("a call of the hub failed", error));
    if (ofPool === null) {
      await backstop.restore();
      await core.start();
      return { core, serve, arms: false, backstop, origin };
    }
    // First of all: what fails below must be tried again even when nobody calls.
    await backstop.restore();
    await backstop.arm(0);
    try {
      await core.start();
      await finishLeftBuilds(ports);
    } catch (error) {
      // The next call starts another one: two must not tick side by side.
      core.stop();
      throw error;
    }
    // What ended just before the last one went away, it may have told nobody.
    ofPool.place.onChanged(role.project, true);
    return { core, serve, arms: true, backstop, origin: null };
  }

  /** What this object is there for. Its name comes with every call; for the alarm it is kept. */
  async #role(given: string | null): Promise<ObjectRole> {
    const kept = await this.#state.storage.get(nameKey);
    const name = given ?? kept;
    const role = typeof name === "string" ? roleOf(name) : null;
    if (role === null || typeof name !== "string") throw new Error(`an object has no name such as ${name}`);
    if (kept !== name) await this.#state.storage.put(nameKey, name);
    return role;
  }
}

/** A pool's object hands out its work and tells the project what changed. */
function poolPlace(role: PoolScope, bindings: Bindings, { timer }: Ports): { place: Place } {
  const relay = new NewsRelay(
    timer,
    (project, quiet) => hubClient(senderTo(bindings.hub, controlObject(project))).changed({ project, quiet }),
    (cause) => consoleLog.error("news did not reach the control object", cause),
  );
  return { place: { only: role, onChanged: (project, isStep) => relay.tell(project, isStep) } };
}

/** The control object moves the workflows of its project, whose steps run at the objects of pools, and sees to its schedules. */
function control(project: string, bindings: Bindings, ports: Ports, backstop: Backstop, origin: KnownOrigin) {
  const everywhere = (own: Hub) => {
    const objectAt = (name: string) =>
      name === controlObject(project) ? own : hubClient(senderTo(bindings.hub, name));
    return patientHub(shardedHub(objectAt, createPlaces(ports.database.client)));
  };
  return {
    commonOf: project,
    workflows(own: Hub) {
      const outside = outsideOf({
        ...{ ports, hub: everywhere(own) },
        get publicUrl() {
          return origin.url;
        },
        // A link to an origin that nobody told would lead nowhere.
        sending: sendingOf({ ports, publicUrl: bindings.publicUrl ?? "" }),
      });
      return {
        ...outside,
        call: fewAtOnce(requestsMost, outside.call),
        notify: fewAtOnce(requestsMost, outside.notify),
      };
    },
    schedules: (own: Hub) => ({
      hub: everywhere(own),
      get publicUrl() {
        return origin.url;
      },
    }),
    alarm: {
      set: (ms: number) => ports.background(backstop.arm(ms)),
      leftAfterMs: bindings.backstopMs,
    },
  };
}
