import type { Deps } from "../http/context.ts";
import type { HubMeasures, PoolScope } from "../hub.ts";
import type { ProcessFacts, SpanCounts } from "../ports.ts";
import { createObserveStore, type Queue, type StatusCount } from "./store.ts";

/** Pools that are told of: of more, those whose runners were seen last. */
const poolsMost = 1000;
/** A pool's hub need not be woken where no runner was seen for so long and nothing waits. */
const quietMs = 900_000;

/** Everything that a look found. Times in seconds. */
export interface Observed {
  version: string;
  now: number;
  queues: readonly Queue[];
  /** All that waits was counted. */
  isWhole: boolean;
  runners: readonly (PoolScope & { enrolled: number })[];
  parts: readonly HubMeasures[];
  /** Parts of the hub that did not answer. */
  silent: number;
  deliveries: readonly StatusCount[];
  messages: readonly StatusCount[];
  /** Of deliveries and messages that this process has seen to the end. */
  ended: { deliveries: readonly StatusCount[]; messages: readonly StatusCount[] };
  /** What it took to ask the database something small, and the hub for what it counted. */
  databaseSeconds: number;
  hubSeconds: number;
  /** Absent: the platform has no disk, no process of its own. */
  disk: "ok" | "low" | "spent" | undefined;
  process: ProcessFacts | undefined;
  /** When the last backup was made (epoch milliseconds); null: none is known. Absent: backups are not made here. */
  backupAt: number | null | undefined;
  /** Absent: spans are told of nowhere, or by more processes than this one. */
  spans: SpanCounts | undefined;
}

/** What another feature knows. */
export interface Known {
  /** When the last backup was made here (epoch ms); null: none is known. */
  lastBackup(deps: Deps): Promise<number | null>;
}

/** Looks at what waits and runs in every pool. */
export async function lookAtPools({
  ports,
  hub,
}: Pick<Deps, "ports" | "hub">): Promise<
  Pick<Observed, "now" | "queues" | "isWhole" | "runners" | "parts" | "silent" | "hubSeconds">
> {
  const store = createObserveStore(ports.database);
  const now = ports.now();
  const [{ queues, isWhole }, runners] = await Promise.all([store.queues(now), store.runners(poolsMost)]);
  const awake = runners.filter(({ seenAt }) => now - seenAt < quietMs);
  const pools = new Map(
    [...queues, ...awake].map(({ project, pool }) => [`${project}/${pool}`, { project, pool }]),
  );
  const from = ports.now();
  const { parts, silent } = await hub.measures({ pools: [...pools.values()] });
  return { now, queues, isWhole, runners, parts, silent, hubSeconds: (ports.now() - from) / 1000 };
}

/** Looks at everything that `/metrics` tells. */
export async function look(deps: Deps, known: Known): Promise<Observed> {
  const { ports, config } = deps;
  const store = createObserveStore(ports.database);
  const from = ports.now();
  await ports.database.client.execute("SELECT 1");
  const databaseSeconds = (ports.now() - from) / 1000;
  const [pools, deliveries, messages, backupAt] = await Promise.all([
    lookAtPools(deps),
    store.deliveries(ports.now()),
    store.messages(ports.now()),
    // A backup is of the database that a gateway has on a disk of its own.
    ports.disk === undefined ? undefined : known.lastBackup(deps),
  ]);
  const facts = ports.process?.();
  const spans = facts === undefined ? undefined : ports.tracing?.counts();
  const platform = { disk: ports.disk?.(), process: facts, spans };
  const ended = {
    deliveries: ports.ended?.read("delivery") ?? [],
    messages: ports.ended?.read("message") ?? [],
  };
  return {
    ...{ ...pools, ...platform, ended, version: config.version },
    ...{ databaseSeconds, deliveries, messages, backupAt },
  };
}
