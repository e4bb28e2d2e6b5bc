import type { ObjectState, WorkerEnv } from "../../gateway/src/platform/workers/bindings.ts";
import { readBindings } from "../../gateway/src/platform/workers/bindings.ts";
import { HubObject as RealHubObject } from "../../gateway/src/platform/workers/hub-object.ts";
import worker from "../../gateway/src/platform/workers/worker.ts";

const evictPath = "/-/evict";
const alarmPath = "/-/alarm";
const countsPath = "/-/counts";
/** Requests since the process began: of the Worker, and of objects by what was asked. Here both halves share an isolate, and so this. */
const counts = { worker: 0, object: {} as Record<string, number> };

type TestedState = ObjectState & {
  abort(reason: string): void;
  storage: { deleteAlarm(): Promise<void> };
};

/**
 * The Durable Object of the release, which a test may abort (what eviction, a deployment or a crashed machine do to it), and whose alarm
 * it may take away (what the platform does after seven that threw).
 */
export class HubObject extends RealHubObject {
  readonly #tested: TestedState;

  constructor(state: TestedState, env: WorkerEnv) {
    super(state, env);
    this.#tested = state;
  }

  override async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === evictPath) this.#tested.abort("evicted by the test");
    if (pathname !== alarmPath) {
      counts.object[pathname.slice(1)] = (counts.object[pathname.slice(1)] ?? 0) + 1;
      return super.fetch(request);
    }
    if (request.method === "DELETE") await this.#tested.storage.deleteAlarm();
    return Response.json({ at: await this.#tested.storage.getAlarm() });
  }
}

/**
 * The Worker of the release with three more paths: `/-/evict` and `/-/alarm` with `?object=NAME`, of which the latter tells when the alarm
 * comes and with DELETE takes it away, and `/-/counts`. Tests bundle this file, so that no release holds it.
 */
export default {
  ...worker,
  async fetch(request: Request, env: WorkerEnv): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === countsPath) return Response.json(counts);
    if (pathname !== evictPath && pathname !== alarmPath) {
      counts.worker += 1;
      return worker.fetch(request, env);
    }
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
