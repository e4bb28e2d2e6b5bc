import { waitUntil } from "cloudflare:workers";
import { createApp } from "../../app.ts";
import { createKeyRing } from "../../auth/keys.ts";
import type { PulseApp } from "../../http/context.ts";
import { asProblem, problemResponse } from "../../http/problems.ts";
import type { Ports } from "../../ports.ts";
import { gatewayVersion } from "../version.ts";
import { type Bindings, readBindings, type WorkerEnv } from "./bindings.ts";
import { blobsOf } from "./blobs.ts";
import { remoteDatabase } from "./database.ts";
import { tickPath } from "./hub-object.ts";
import { hubClient } from "./hub-wire.ts";
import { patientHub } from "./patient-hub.ts";
import { consoleLog, workerPorts } from "./ports.ts";

export { HubObject } from "./hub-object.ts";

const originsMost = 16;
/** The runtime compresses what its caller would take compressed, and holds a stream back for it. */
const streamHeaders = [["content-encoding", "identity"]] as const;

/** The HTTP half as one isolate keeps it: values only, for no request may wait for another's promise. */
interface HttpHalf {
  env: WorkerEnv;
  bindings: Bindings;
  ports: Ports;
  /** By public origin. */
  apps: Map<string, PulseApp>;
  knowsAdmin: boolean;
}

let kept: HttpHalf | null = null;

function halfOf(env: WorkerEnv): HttpHalf {
  if (kept?.env === env) return kept;
  const bindings = readBindings(env);
  const database = remoteDatabase(bindings.databaseUrl, bindings.databaseToken);
  const blobs = blobsOf(bindings, database.client);
  const ports = workerPorts({ database, blobs, log: consoleLog, keepAlive: waitUntil });
  kept = { env, bindings, ports, apps: new Map(), knowsAdmin: false };
  return kept;
}

/** Asks the object that owns the state. Its stub belongs to the request it was made in, so there is one for each call. */
function hubObject({ hub }: Bindings): (request: Request) => Promise<Response> {
  return (request) => hub.get(hub.idFromName("hub")).fetch(request);
}

function appOf(half: HttpHalf, request: Request): PulseApp {
  const { bindings, ports, apps } = half;
  const publicUrl = bindings.publicUrl ?? new URL(request.url).origin;
  const known = apps.get(publicUrl);
  if (known !== undefined) return known;
  if (apps.size >= originsMost) apps.clear();
  const config = { publicUrl, functionsUrl: bindings.functionsUrl, version: gatewayVersion, streamHeaders };
  const app = createApp({ ports, hub: patientHub(hubClient(hubObject(bindings))), config });
  apps.set(publicUrl, app);
  return app;
}

export default {
  async fetch(request: Request, env: WorkerEnv): Promise<Response> {
    try {
      const half = halfOf(env);
      if (!half.knowsAdmin && new URL(request.url).pathname !== "/livez") {
        await createKeyRing(half.ports).adopt("default", "admin", half.bindings.adminKey);
        half.knowsAdmin = true;
      }
      return await appOf(half, request).fetch(request);
    } catch (error) {
      return problemResponse(asProblem(error, consoleLog, ""), "");
    }
  },

  /** The cron trigger: wakes the object, for the case that its alarm was lost. */
  async scheduled(_event: unknown, env: WorkerEnv): Promise<void> {
    const { bindings } = halfOf(env);
    const answer = await hubObject(bindings)(new Request(`http://hub${tickPath}`, { method: "POST" }));
    if (!answer.ok) throw new Error(`the hub answered ${answer.status} to the sweep`);
  },
};
