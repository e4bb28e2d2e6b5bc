import { waitUntil } from "cloudflare:workers";
import { pulseVersion } from "@pulse/schema/version";
import { createApp } from "../../app.ts";
import { createKeyRing } from "../../auth/keys.ts";
import { reportUsage } from "../../billing/report.ts";
import { createStripe } from "../../billing/stripe.ts";
import { deliverBacklog } from "../../executions/callbacks/deliver.ts";
import { postThrough } from "../../executions/callbacks/post.ts";
import { lookEveryMs, watchSplits } from "../../functions/aliases/watch.ts";
import type { Deps, PulseApp } from "../../http/context.ts";
import { asProblem, problemResponse } from "../../http/problems.ts";
import type { Hub } from "../../hub.ts";
import { tellDue } from "../../notifications/keep-telling.ts";
import { policyOf } from "../../outbound/policy-of.ts";
import type { Ports } from "../../ports.ts";
import { moveUpgrades } from "../../runners/upgrades/keep-moving.ts";
import { checkMasterKeys } from "../../secrets/rewrap.ts";
import { syncDue } from "../../sources/keep-syncing.ts";
import { startLeft } from "../../webhooks/start-delivery.ts";
import { dueProjects } from "../../workflows/runs/due-projects.ts";
import { peopleConfig } from "../people-config.ts";
import { isUpkeepMinute, upkeep } from "../upkeep.ts";
import { builtRunner, serveDashboard } from "./assets.ts";
import { type Bindings, readBindings, type WorkerEnv } from "./bindings.ts";
import { blobsOf } from "./blobs.ts";
import { remoteDatabase } from "./database.ts";
import { tickPath } from "./hub-object.ts";
import { hubClient } from "./hub-wire.ts";
import { keysOf } from "./master-keys.ts";
import { controlObject, poolObject } from "./object-name.ts";
import { patientHub } from "./patient-hub.ts";
import { createPlaces, openPools } from "./places.ts";
import { consoleLog, workerPorts } from "./ports.ts";
import { senderTo } from "./sender.ts";
import { shardedHub } from "./sharded-hub.ts";

export { HubObject } from "./hub-object.ts";

const originsMost = 16;
/** Each is a subrequest, of which a run of the cron trigger may make 1,000. */
const sweptMost = 900;
const sweptAtOnce = 6;
/** The runtime compresses what its caller would take compressed, and holds a stream back for it. */
const streamHeaders = [["content-encoding", "identity"]] as const;

/** The HTTP half as one isolate keeps it: values only, for no request may wait for another's promise. */
interface HttpHalf {
  env: WorkerEnv;
  bindings: Bindings;
  ports: Ports;
  hub: Hub;
  /** A hub whose objects hear which origin its requests come for. */
  hubFor: (origin: string) => Hub;
  /** By public origin. */
  apps: Map<string, { app: PulseApp; deps: Deps }>;
  knowsAdmin: boolean;
}

let kept: HttpHalf | null = null;

function halfOf(env: WorkerEnv): HttpHalf {
  if (kept?.env === env) return kept;
  const bindings = readBindings(env);
  const database = remoteDatabase(bindings.databaseUrl, bindings.databaseToken);
  const blobs = blobsOf(bindings, database.client);
  const masterKeys = keysOf(bindings);
  const outbound = policyOf(bindings);
  const ports = workerPorts({
    ...{ database, blobs, log: consoleLog, masterKeys, outbound },
    keepAlive: waitUntil,
    tracing: bindings.tracing,
  });
  const { stripe, files } = bindings;
  if (files !== null) ports.handedOut = () => builtRunner(files);
  if (stripe !== null) ports.billing = createStripe(stripe, { timer: ports.timer });
  watchWhenSeen(ports);
  const places = createPlaces(database.client);
  const hubFor = (origin: string | null) =>
    patientHub(shardedHub((name) => hubClient(senderTo(bindings.hub, name, origin)), places));
  kept = { env, bindings, ports, hub: hubFor(null), hubFor, apps: new Map(), knowsAdmin: false };
  return kept;
}

/** Calls that meet a split have it looked at, at most every few seconds in an isolate; the cron trigger looks where no call comes. */
function watchWhenSeen(ports: Ports): void {
  let lookedAt = 0;
  ports.splitSeen = () => {
    if (ports.now() - lookedAt < lookEveryMs) return;
    lookedAt = ports.now();
    ports.background(watchSplits(ports));
  };
}

/** The app for an origin; null: for what no request asks for, where no origin is known. */
function appOf(half: HttpHalf, origin: string | null): { app: PulseApp; deps: Deps } {
  const { bindings, ports, hub, hubFor, apps } = half;
  const publicUrl = bindings.publicUrl ?? origin ?? "";
  const known = apps.get(publicUrl);
  if (known !== undefined) return known;
  if (apps.size >= originsMost) apps.clear();
  const { functionsUrl, callbackHosts } = bindings;
  const config = {
    publicUrl,
    functionsUrl,
    callbackHosts,
    version: pulseVersion,
    streamHeaders,
    addresses: { trustedProxies: [], header: "cf-connecting-ip" },
    limits: bindings.limits,
    ...(bindings.metricsToken === null ? {} : { metricsToken: bindings.metricsToken }),
    ...peopleConfig(bindings),
    isCompatible: bindings.isCompatible,
    hasGraphql: bindings.hasGraphql,
  };
  const deps = { ports, hub: publicUrl === "" ? hub : hubFor(publicUrl), config };
  const made = { app: createApp(deps), deps };
  apps.set(publicUrl, made);
  return made;
}

export default {
  async fetch(request: Request, env: WorkerEnv): Promise<Response> {
    try {
      const half = halfOf(env);
      const { files } = half.bindings;
      const page = files === null ? null : await serveDashboard(request, files);
      if (page !== null) return page;
      if (!half.knowsAdmin && new URL(request.url).pathname !== "/livez") {
        await checkMasterKeys(half.ports, { isShared: true });
        await createKeyRing(half.ports).adopt("default", "admin", half.bindings.adminKey);
        half.knowsAdmin = true;
      }
      return await appOf(half, new URL(request.url).origin).app.fetch(request);
    } catch (error) {
      return problemResponse(asProblem(error, consoleLog, ""), "");
    }
  },

  /** The cron trigger: wakes the objects of pools with open work and of projects with due workflows, for the case that an alarm or a word was lost; makes the callbacks that are due, starts the deliveries of webhooks that were left, and tells channels what happened; once an hour, what is kept for a time is forgotten. */
  async scheduled({ scheduledTime }: { scheduledTime: number }, env: WorkerEnv): Promise<void> {
    const half = halfOf(env);
    const { bindings, ports, hub } = half;
    if (isUpkeepMinute(scheduledTime)) {
      waitUntil(upkeep(ports));
      if (ports.billing !== undefined)
        waitUntil(reportUsage(ports, ports.billing, new AbortController().signal));
    }
    const publicUrl = bindings.publicUrl ?? "";
    waitUntil(deliverBacklog(ports, postThrough(ports.outbound), publicUrl));
    waitUntil(startLeft({ ports, hub, publicUrl }));
    waitUntil(watchSplits(ports));
    waitUntil(tellDue({ ports, hub, publicUrl }));
    const { app, deps } = appOf(half, null);
    const syncing = syncDue(app, deps);
    waitUntil(syncing);
    waitUntil(moveUpgrades({ ports, hub }));
    const projects = await dueProjects(ports.database, ports.now(), sweptMost / 2);
    const pools = await openPools(ports.database.client, sweptMost - projects.length);
    const objects = [...projects.map(controlObject), ...pools.map(poolObject)];
    const failed: unknown[] = [];
    for (let at = 0; at < objects.length; at += sweptAtOnce) {
      const some = objects.slice(at, at + sweptAtOnce).map(async (name) => {
        const request = new Request(`http://hub${tickPath}`, { method: "POST" });
        const answer = await senderTo(bindings.hub, name)(request);
        if (!answer.ok) throw new Error(`${name} answered ${answer.status} to the sweep`);
      });
      for (const end of await Promise.allSettled(some))
        if (end.status === "rejected") failed.push(end.reason);
    }
    // What goes on after a run has ended has 30 s left, a run itself 15 minutes.
    await syncing;
    if (failed.length > 0) throw new AggregateError(failed, `${failed.length} of ${objects.length} objects`);
  },
};
