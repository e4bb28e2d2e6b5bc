import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createApp } from "../../app.ts";
import { createKeyRing } from "../../auth/keys.ts";
import type { GatewayConfig } from "../../config.ts";
import { type Core, createCore } from "../../core.ts";
import { finishBuild, finishLeftBuilds } from "../../functions/build.ts";
import { createWarmWants } from "../../functions/warm-wants.ts";
import type { Log, Ports } from "../../ports.ts";
import { createDirectory } from "../../runners/presence.ts";
import { keepUp } from "../upkeep.ts";
import { gatewayVersion } from "../version.ts";
import { listen } from "./listen.ts";
import { lockFolder } from "./lock.ts";
import { refuseNewWork } from "./new-work.ts";
import { openStore, type Store } from "./open-store.ts";
import { nodePorts } from "./ports.ts";
import { serveDashboard } from "./static.ts";

const drainMs = 10_000;

/** A gateway that runs in this process. */
export interface Gateway {
  url: string;
  dataDir: string;
  ports: Ports;
  core: Core;
  store: Store;
  /** Takes nothing new, lets waiting callers finish for up to 10 s, then ends. Twice is once. */
  stop(): Promise<void>;
}

/** Starts both halves of the gateway over a data folder: locks it, migrates, recovers, listens. */
export async function startGateway(config: GatewayConfig, log: Log): Promise<Gateway> {
  const dataDir = resolve(config.dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const unlock = lockFolder(dataDir);
  const { diskReserveBytes: reserveBytes, acceptRollback } = config;
  const store = await openStore(dataDir, { reserveBytes, acceptRollback, log }).catch((error: unknown) => {
    unlock();
    throw error;
  });
  const ports = nodePorts({
    database: store.database,
    blobsFolder: join(dataDir, "blobs"),
    log,
    disk: () => store.disk().state,
  });
  await keepAdminKey({ ...config, dataDir }, ports);
  const core = createCore({
    ports,
    directory: createDirectory(ports),
    onBuildEnded: ({ execution }) => finishBuild(ports, execution),
    warmWants: createWarmWants(ports),
  });
  await core.start();
  await finishLeftBuilds(ports);

  const http = {
    publicUrl: config.publicUrl ?? "",
    functionsUrl: config.functionsUrl,
    version: gatewayVersion,
  };
  const app = createApp({ ports, hub: core.hub, config: http });
  const { server, port } = await listen(
    config,
    (request, env) =>
      refuseNewWork(request, store.disk().state) ?? serveDashboard(request) ?? app.fetch(request, env),
    log,
  );
  const url = `http://localhost:${port}`;
  http.publicUrl ||= url;
  const urlFile = join(dataDir, "gateway-url"); // where the CLI in this folder finds it
  writeFileSync(urlFile, `${url}\n`);

  const endUpkeep = keepUp(ports);
  let stopping: Promise<void> | null = null;
  const stop = async () => {
    endUpkeep();
    await core.drain(AbortSignal.timeout(drainMs));
    core.stop();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 500).unref();
    });
    await store.close();
    rmSync(urlFile, { force: true });
    unlock();
  };
  return {
    url,
    dataDir,
    ports,
    core,
    store,
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** Accepts the key given from outside, or makes one on the first start; it stands in `admin-key`, readable by its owner alone. */
async function keepAdminKey(config: GatewayConfig, ports: Ports): Promise<void> {
  const path = join(config.dataDir, "admin-key");
  const ring = createKeyRing(ports);
  if (config.adminKey !== null) {
    await ring.adopt("default", "admin", config.adminKey);
    writeFileSync(path, `${config.adminKey}\n`, { mode: 0o600 });
  } else if (!existsSync(path)) {
    const taken = (await ring.list("default", null, 200)).map((row) => row.name);
    const name = taken.includes("admin") ? `admin-${ports.now()}` : "admin";
    const { key } = await ring.create("default", { name, scopes: ["admin"], expiresAt: null });
    writeFileSync(path, `${key}\n`, { mode: 0o600 });
  }
}
