import type { ObjectState, WorkerEnv } from "../../gateway/src/platform/workers/bindings.ts";
import { readBindings } from "../../gateway/src/platform/workers/bindings.ts";
import { HubObject as RealHubObject } from "../../gateway/src/platform/workers/hub-object.ts";
import worker from "../../gateway/src/platform/workers/worker.ts";

const evictPath = "/-/evict";
const alarmPath = "/-/alarm";
/** How many alarms of this process threw, as `FAIL_ALARMS` asked for. */
let alarmsFailed = 0;

type TestedState = ObjectState & {
  abort(reason: string): void;
  storage: { deleteAlarm(): Promise<void> };
};

/**
 * The Durable Object of the release, which a test may abort (what eviction, a deployment or a crashed machine do to it), and whose alarms
 * a test may let throw or take away (what the platform does after seven that threw).
 */
export class HubObject extends RealHubObject {
  readonly #tested: TestedState;
  readonly #failAlarms: number;

  constructor(state: TestedState, env: WorkerEnv) {
    super(state, env);
    this.#tested = state;
    this.#failAlarms = Number(env.FAIL_ALARMS ?? 0);
  }

  override async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === evictPath) this.#tested.abort("evicted by the test");
    if (pathname !== alarmPath) return super.fetch(request);
    if (request.method === "DELETE") await this.#tested.storage.deleteAlarm();
    return Response.json({ at: await this.#tested.storage.getAlarm() });
  }

  override async alarm(): Promise<void> {
    if (alarmsFailed >= this.#failAlarms) return super.alarm();
    alarmsFailed += 1;
    console.error(`alarm ${alarmsFailed} was made to fail`);
    throw new Error("made to fail");
  }
}

/**
 * The Worker of the release with two more paths, each with `?object=NAME`: `/-/evict`, and `/-/alarm`, which tells when the alarm comes and
 * with DELETE takes it away. Tests bundle this file, so that no release holds it.
 */
export default {
  ...worker,
  async fetch(request: Request, env: WorkerEnv): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== evictPath && pathname !== alarmPath) return worker.fetch(request, env);
    const { hub } = readBindings(env);
    const stub = hub.get(hub.idFromName(searchParams.get("object") ?? ""));
    const asked = stub.fetch(new Request(`http://hub${pathname}`, { method: request.method }));
    if (pathname === alarmPath) return asked;
    // The aborted object answers nobody, this request included.
    const gone = await asked.then(
      () => false,
      () => true,
    );
    return new Response(null, { status: gone ? 204 : 500 });
  },
};
