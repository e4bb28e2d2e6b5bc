import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pulseVersion } from "@pulse/schema/version";
import { createApp } from "../../app.ts";
import { createKeyRing } from "../../auth/keys.ts";
import { keepReporting } from "../../billing/keep-reporting.ts";
import { createStripe } from "../../billing/stripe.ts";
import type { GatewayConfig } from "../../config.ts";
import { deliverBacklog } from "../../executions/callbacks/deliver.ts";
import { postThrough } from "../../executions/callbacks/post.ts";
import { watchSplits } from "../../functions/aliases/watch.ts";
import { tellDue } from "../../notifications/keep-telling.ts";
import type { Log, Ports } from "../../ports.ts";
import { moveUpgrades } from "../../runners/upgrades/keep-moving.ts";
import { syncDue } from "../../sources/keep-syncing.ts";
import { startLeft } from "../../webhooks/start-delivery.ts";
import { keepLooking } from "../keep-looking.ts";
import { peopleConfig } from "../people-config.ts";
import { openBackend } from "./backend.ts";
import { replaceFile } from "./durable.ts";
import { listen } from "./listen.ts";
import { lockFolder } from "./lock.ts";
import { builtRunner, serveDashboard } from "./static.ts";

const drainMs = 10_000;

/** A gateway that runs in this process. */
export interface Gateway {
  url: string;
  dataDir: string;
  ports: Ports;
  /** Takes nothing new, lets waiting callers finish for up to 10 s, then ends. Twice is once. */
  stop(): Promise<void>;
}

/** Starts both halves of the gateway over a data folder: locks it, migrates, recovers, listens. */
export async function startGateway(config: GatewayConfig, log: Log): Promise<Gateway> {
  const dataDir = resolve(config.dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const unlock = lockFolder(dataDir);
  const backend = await openBackend(config, dataDir, log).catch((error: unknown) => {
    unlock();
    throw error;
  });
  const { ports } = backend;
  await keepAdminKey({ ...config, dataDir }, ports);

  const http = {
    publicUrl: config.publicUrl ?? "",
    functionsUrl: config.functionsUrl,
    version: pulseVersion,
    callbackHosts: config.callbackHosts,
    addresses: { trustedProxies: config.trustedProxies, header: null },
    limits: config.limits,
    ...peopleConfig(config),
    isCompatible: config.isCompatible,
    hasGraphql: config.hasGraphql,
    ...(config.metricsToken === null ? {} : { metricsToken: config.metricsToken }),
    ...(config.proxySecret === null ? {} : { trustedHeaders: { secret: config.proxySecret } }),
  };
  const app = createApp({ ports, hub: backend.hub, config: http });
  const reporting = billWith(config.stripe, ports);
  await backend.begin();
  const post = postThrough(ports.outbound);
  const calling = keepLooking(ports, () => deliverBacklog(ports, post, http.publicUrl));
  ports.callbackAdded = calling.added;
  const starting = keepLooking(ports, () =>
    startLeft({ ports, hub: backend.hub, publicUrl: http.publicUrl }),
  );
  ports.deliveryWaits = starting.added;
  const splits = { watched: false };
  const watching = keepLooking(ports, async () => {
    const nextAt = await watchSplits(ports);
    splits.watched = nextAt !== null;
    return nextAt;
  });
  ports.splitSeen = () => {
    if (!splits.watched) watching.added();
  };
  const looks = { runnersAt: 0 };
  const telling = keepLooking(ports, () =>
    tellDue({ ports, hub: backend.hub, publicUrl: http.publicUrl }, looks),
  );
  const syncing = keepLooking(ports, () => syncDue(app, { ports, hub: backend.hub, config: http }));
  ports.syncWaits = syncing.added;
  backend.onMessage(telling.added);
  ports.handedOut = builtRunner;
  const upgrading = keepLooking(ports, () => moveUpgrades({ ports, hub: backend.hub }));
  ports.upgradeBegun = upgrading.added;
  const { server, port } = await listen(
    config,
    (request, env) => {
      const served = () => serveDashboard(request) ?? app.fetch(request, env);
      const early = backend.before(request);
      return early instanceof Promise ? early.then((answer) => answer ?? served()) : (early ?? served());
    },
    log,
  );
  const url = `http://localhost:${port}`;
  http.publicUrl ||= url;
  const urlFile = join(dataDir, "gateway-url"); // where the CLI in this folder finds it
  writeFileSync(urlFile, `${url}\n`);

  let stopping: Promise<void> | null = null;
  const stop = async () => {
    await backend.drain(AbortSignal.timeout(drainMs));
    calling.stop();
    starting.stop();
    watching.stop();
    telling.stop();
    syncing.stop();
    upgrading.stop();
    reporting();
    await backend.stop();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 500).unref();
    });
    await backend.close();
    rmSync(urlFile, { force: true });
    unlock();
  };
  return {
    url,
    dataDir,
    ports,
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** Sets up who is paid for plans, and that use is reported to them; returns what ends that. */
function billWith(stripe: GatewayConfig["stripe"], ports: Ports): () => void {
  if (stripe === null) return () => undefined;
  ports.billing = createStripe(stripe, { timer: ports.timer });
  return keepReporting(ports, ports.billing);
}

/** Accepts the key given from outside, or makes one on the first start; it stands in `admin-key`, readable by its owner alone. */
async function keepAdminKey(config: GatewayConfig, ports: Ports): Promise<void> {
  const path = join(config.dataDir, "admin-key");
  const ring = createKeyRing(ports);
  if (config.adminKey !== null) {
    await ring.adopt("default", "admin", config.adminKey);
    await replaceFile(path, `${config.adminKey}\n`);
  } else if (!existsSync(path)) {
    const taken = (await ring.list("default", null, null, 200)).map((row) => row.name);
    const name = taken.includes("admin") ? `admin-${ports.now()}` : "admin";
    const { key } = await ring.create("default", { name, scopes: ["admin", "gateway"], expiresAt: null });
    await replaceFile(path, `${key}\n`);
  }
}
