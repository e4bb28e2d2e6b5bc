import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { ProblemError } from "@pulse/schema/problem";
import { drizzle } from "drizzle-orm/libsql";
import type { GatewayConfig } from "../../config.ts";
import { type Core, createCore } from "../../core.ts";
import { finishBuild, finishLeftBuilds } from "../../functions/build.ts";
import { createWarmWants } from "../../functions/warm-wants.ts";
import type { Hub } from "../../hub.ts";
import { sendingOf } from "../../notifications/sending.ts";
import { policyOf } from "../../outbound/policy-of.ts";
import type { Log, Ports } from "../../ports.ts";
import { createDirectory } from "../../runners/presence.ts";
import { outsideOf } from "../../workflows/outside/outside-of.ts";
import { keepUp } from "../upkeep.ts";
import { rowBlobs } from "../workers/blobs.ts";
import { remoteDatabase } from "../workers/database.ts";
import { FolderBackups } from "./backups.ts";
import { fileBlobs } from "./blobs.ts";
import { checkSchema } from "./database.ts";
import { hubSecret } from "./hub-secret.ts";
import { createMailer } from "./mailer.ts";
import { openMasterKeys } from "./master-key-file.ts";
import { refuseNewWork } from "./new-work.ts";
import { openStore } from "./open-store.ts";
import { fencedClient } from "./owner-row.ts";
import { nodePorts, randomPool } from "./ports.ts";
import { SharedHub } from "./shared-hub.ts";
import { traceWith } from "./tracing.ts";

/** What a gateway stands on: where its rows are and where its hub is. */
export interface Backend {
  ports: Ports;
  hub: Hub;
  /** An answer that comes before every route: a refusal, or a call of another gateway's; null: go on. */
  before(request: Request): Promise<Response | null> | Response | null;
  /** Who hears that there is something new to tell, from the half that answers requests and from the other. */
  onMessage(heard: () => void): void;
  /** Starts the hub, or looks who has it. Once, before anything is served. */
  begin(): Promise<void>;
  /** Hands out nothing new and waits for callers. */
  drain(signal: AbortSignal): Promise<void>;
  /** Ends the hub. */
  stop(): Promise<void>;
  /** Closes the database. */
  close(): Promise<void>;
}

/** The backend that the configuration asks for. */
export function openBackend(config: GatewayConfig, dataDir: string, log: Log): Promise<Backend> {
  return config.databaseUrl === null
    ? fileBackend(config, dataDir, log)
    : remoteBackend(config, config.databaseUrl, dataDir, log);
}

/** A file in the data folder, which this process alone writes: the hub is here. */
async function fileBackend(config: GatewayConfig, dataDir: string, log: Log): Promise<Backend> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const { diskReserveBytes: reserveBytes, acceptRollback } = config;
  const store = await openStore(dataDir, { reserveBytes, acceptRollback, log });
  const random = randomPool();
  const masterKeys = await openMasterKeys(config, dataDir, { database: store.database, random }).catch(
    async (error: unknown) => {
      await store.close();
      throw error;
    },
  );
  const ports = nodePorts({
    random,
    masterKeys,
    database: store.database,
    blobs: fileBlobs(join(dataDir, "blobs")),
    log,
    outbound: policyOf(config),
    disk: () => store.disk().state,
  });
  mailWith(config, ports);
  const backups = new FolderBackups(resolve(dataDir), ports.now, log);
  ports.backups = backups;
  const endTraces = traceWith(config, ports);
  const core = coreOver(ports, config);
  let endUpkeep = (): void => undefined;
  return {
    ports,
    hub: core.hub,
    before: (request) => refuseNewWork(request, store.disk().state),
    onMessage(heard) {
      ports.messageAdded = heard;
    },
    async begin() {
      await beginCore(core, ports);
      endUpkeep = keepUp(ports);
    },
    drain: (signal) => core.drain(signal),
    async stop() {
      endUpkeep();
      core.stop();
      await backups.stop();
    },
    async close() {
      await endTraces();
      await store.close();
    },
  };
}

/** A remote database, which several gateways may share: the hub is where its owner is. */
async function remoteBackend(
  config: GatewayConfig,
  url: string,
  dataDir: string,
  log: Log,
): Promise<Backend> {
  const database = remoteDatabase(url, config.databaseToken);
  await checkSchema(database.client);
  const blobs = rowBlobs(database.client);
  const random = randomPool();
  const masterKeys = await openMasterKeys(config, dataDir, { database, random });
  const outbound = policyOf(config);
  const ports = nodePorts({ database, blobs, log, masterKeys, random, outbound });
  mailWith(config, ports);
  const endTraces = traceWith(config, ports);
  const shared = new SharedHub({
    client: database.client,
    url: ownUrl(config),
    secret: await hubSecret(ports),
    log,
    async start(owner, onLost) {
      const client = fencedClient(database.client, owner, onLost);
      const fenced = nodePorts({
        database: { client, orm: drizzle(client, { casing: "snake_case" }) },
        blobs,
        log,
        masterKeys,
        random,
        outbound,
      });
      mailWith(config, fenced);
      if (ports.ended !== undefined) fenced.ended = ports.ended;
      if (ports.tracing !== undefined) fenced.tracing = ports.tracing;
      fenced.messageAdded = () => ports.messageAdded?.();
      const core = coreOver(fenced, config);
      await beginCore(core, fenced);
      const endUpkeep = keepUp(fenced);
      const stop = () => {
        endUpkeep();
        core.stop();
      };
      return { core, stop };
    },
  });
  return {
    ports,
    hub: shared.hub,
    before: (request) => shared.serve(request),
    onMessage(heard) {
      ports.messageAdded = heard;
    },
    begin: () => shared.begin(),
    drain: (signal) => shared.drain(signal),
    stop: () => shared.stop(),
    async close() {
      await endTraces();
      database.client.close();
    },
  };
}

function coreOver(ports: Ports, config: GatewayConfig): Core {
  // Functions of workflows see it as their address.
  const publicUrl = config.publicUrl ?? `http://localhost:${config.port}`;
  return createCore({
    ports,
    directory: createDirectory(ports),
    onBuildEnded: ({ execution }) => finishBuild(ports, execution),
    warmWants: createWarmWants(ports),
    workflows: (hub) => outsideOf({ ports, hub, publicUrl, sending: sendingOf({ ports, publicUrl }) }),
    schedules: (hub) => ({ hub, publicUrl }),
  });
}

function mailWith({ smtp }: GatewayConfig, ports: Ports): void {
  if (smtp !== null) ports.mailer = createMailer(smtp);
}

async function beginCore(core: Core, ports: Ports): Promise<void> {
  await core.start();
  await finishLeftBuilds(ports);
}

function ownUrl({ hubUrl, host, port }: GatewayConfig): string {
  if (hubUrl !== null) return hubUrl;
  if (port !== 0) return `http://${host}:${port}`;
  const detail =
    "PULSE_HUB_URL must say where other gateways reach this one, for its port is chosen as it starts";
  throw new ProblemError("validation_failed", detail);
}
