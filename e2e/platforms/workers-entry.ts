import type { ObjectState, WorkerEnv } from "../../gateway/src/platform/workers/bindings.ts";
import { readBindings } from "../../gateway/src/platform/workers/bindings.ts";
import { HubObject as RealHubObject } from "../../gateway/src/platform/workers/hub-object.ts";
import worker from "../../gateway/src/platform/workers/worker.ts";

const evictPath = "/-/evict";

/** The Durable Object of the release, which a test may abort: what eviction, a deployment or a crashed machine do to it. */
export class HubObject extends RealHubObject {
  readonly #abort: () => void;

  constructor(state: ObjectState & { abort(reason: string): void }, env: WorkerEnv) {
    super(state, env);
    this.#abort = () => state.abort("evicted by the test");
  }

  override async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname === evictPath) this.#abort();
    return super.fetch(request);
  }
}

/** The Worker of the release with one more path: `/-/evict?object=NAME`. Tests bundle this file, so that no release holds it. */
export default {
  ...worker,
  async fetch(request: Request, env: WorkerEnv): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname !== evictPath) return worker.fetch(request, env);
    const { hub } = readBindings(env);
    const stub = hub.get(hub.idFromName(url.searchParams.get("object") ?? ""));
    // The aborted object answers nobody, this request included.
    const gone = await stub.fetch(new Request(`http://hub${evictPath}`)).then(
      () => false,
      () => true,
    );
    return new Response(null, { status: gone ? 204 : 500 });
  },
};
