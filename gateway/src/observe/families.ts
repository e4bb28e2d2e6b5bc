import type { PoolMeasures, Spread } from "../hub.ts";
import { type Family, histogramOf, type Sample } from "./exposition.ts";
import type { Observed } from "./look.ts";
import { processFamilies } from "./process-families.ts";

type Labels = Sample["labels"];
type Pools = readonly { of: Labels; pool: PoolMeasures; boundsSeconds: readonly number[] }[];

/** What `/metrics` tells, in an order that does not change: every name is there, whether or not there is anything to tell. Labels name projects and pools, never an id, a function or a runner. */
export function familiesOf(seen: Observed): Family[] {
  const pools = seen.parts.flatMap((part) =>
    part.pools.map((pool) => ({ of: scope(pool), pool, boundsSeconds: part.boundsSeconds })),
  );
  const counted = [...pools.filter(({ pool }) => pool.pool !== ""), ...absent(seen)];
  return [
    gauge("pulse_build_info", "The version of the gateway, as a label.", [
      { labels: { version: seen.version }, value: 1 },
    ]),
    ...executions(seen, pools),
    ...queues(seen),
    gauge(
      "pulse_runners_enrolled",
      "Runners that are enrolled, online or not.",
      seen.runners.map((one) => ({ labels: scope(one), value: one.enrolled })),
    ),
    gauge(
      "pulse_runners_up",
      "Runners that are online.",
      counted.map(({ of, pool }) => ({ labels: of, value: pool.live.up })),
    ),
    gauge(
      "pulse_runners_taking",
      "Runners that are online and take work: neither draining nor in maintenance.",
      counted.map(({ of, pool }) => ({ labels: of, value: pool.live.taking })),
    ),
    gauge(
      "pulse_slots",
      "Slots of runners that take work, and those of the others that are still in use.",
      counted.map(({ of, pool }) => ({ labels: of, value: pool.live.slots })),
    ),
    gauge(
      "pulse_slots_used",
      "Slots in which something runs.",
      counted.map(({ of, pool }) => ({ labels: of, value: pool.live.used })),
    ),
    gauge(
      "pulse_webhook_deliveries_last_hour",
      "Deliveries of webhooks that came within the hour, by what became of them; at most 10,000 are counted.",
      seen.deliveries.map(({ status, count }) => ({ labels: { status }, value: count })),
    ),
    counter(
      "pulse_webhook_deliveries_total",
      "Deliveries of webhooks by what became of them in the end.",
      seen.ended.deliveries.map(({ status, count }) => ({ labels: { status }, value: count })),
    ),
    counter(
      "pulse_notification_messages_total",
      "Messages to channels by what became of them in the end.",
      seen.ended.messages.map(({ status, count }) => ({ labels: { status }, value: count })),
    ),
    gauge(
      "pulse_notification_messages_last_hour",
      "Messages to channels made within the hour, by what became of them; at most 10,000 are counted.",
      seen.messages.map(({ status, count }) => ({ labels: { status }, value: count })),
    ),
    ...insides(seen),
    ...processFamilies(seen.process),
  ];
}

function executions(seen: Observed, pools: Pools): Family[] {
  const runs = seen.parts.flatMap((part) => part.runs);
  return [
    counter("pulse_executions_total", "Executions that ended, by kind and status.", [
      ...pools.flatMap(({ of, pool }) =>
        pool.ends.map(({ kind, status, count }) => ({ labels: { ...of, kind, status }, value: count })),
      ),
      ...runs.map(({ project, status, count }) => ({
        ...{ labels: { project, kind: "workflow", status }, value: count },
      })),
    ]),
    counter(
      "pulse_attempt_starts_total",
      "Attempts by how their sandbox began: warm, stem (a prepared one without code) or cold.",
      pools.flatMap(({ of, pool }) =>
        pool.starts.map(({ start, count }) => ({ labels: { ...of, start }, value: count })),
      ),
    ),
    counter(
      "pulse_requeues_total",
      "Executions that went back into the queue: retry, loss, or unacknowledged.",
      pools.flatMap(({ of, pool }) =>
        pool.repeats.map(({ why, count }) => ({ labels: { ...of, why }, value: count })),
      ),
    ),
    histogram("pulse_queue_wait_seconds", "From when an attempt was due until it left for a runner.", [
      ...pools.flatMap((one) => spreads(one, one.pool.waited)),
    ]),
    histogram("pulse_attempt_duration_seconds", "How long the code of attempts ran.", [
      ...pools.flatMap((one) => spreads(one, one.pool.ran)),
    ]),
  ];
}

/** Pools with runners of which no hub knows any: nobody is there. Where a part of the hub was not heard, that is not known. */
function absent({ parts, runners, silent }: Observed): Pick<Pools[number], "of" | "pool">[] {
  if (silent > 0) return [];
  const known = new Set(parts.flatMap((part) => part.pools).map(keyOf));
  const live = { up: 0, taking: 0, slots: 0, used: 0 };
  return runners
    .filter((one) => !known.has(keyOf(one)))
    .map((one) => ({ of: scope(one), pool: { ...one, ...nothing, live } }));
}

function queues({ queues: waiting, runners, now, isWhole }: Observed): Family[] {
  const known = new Set(waiting.map(keyOf));
  const empty = runners.filter((one) => !known.has(keyOf(one)));
  const queues = [
    ...waiting,
    ...(isWhole ? empty.map((one) => ({ ...one, queued: 0, startable: 0, oldestAt: now })) : []),
  ];
  return [
    gauge(
      "pulse_queue_depth",
      "Executions that are due and wait for a runner.",
      queues.map((one) => ({ labels: scope(one), value: one.queued })),
    ),
    gauge(
      "pulse_queue_startable",
      "Those of them that a free slot could begin: not what waits for a cap.",
      queues.map((one) => ({ labels: scope(one), value: one.startable })),
    ),
    gauge(
      "pulse_queue_oldest_seconds",
      "How long the oldest of them is due.",
      queues.map((one) => ({ labels: scope(one), value: (now - one.oldestAt) / 1000 })),
    ),
    gauge("pulse_queue_counted_whole", "1: everything that waits was counted; 0: the oldest 10,000 were.", [
      { labels: {}, value: isWhole ? 1 : 0 },
    ]),
  ];
}

/** The gateway's own parts. */
function insides(seen: Observed): Family[] {
  return [
    histogram(
      "pulse_commit_duration_seconds",
      "How long groups of writes of the hub took until they were durable.",
      seen.parts.flatMap((part) => histogramOf(scope(part.of), part.boundsSeconds, part.commits)),
    ),
    gauge("pulse_database_probe_seconds", "How long the database took to answer SELECT 1 just now.", [
      { labels: {}, value: seen.databaseSeconds },
    ]),
    gauge("pulse_hub_probe_seconds", "How long the hub took to tell what it counted just now.", [
      { labels: {}, value: seen.hubSeconds },
    ]),
    gauge("pulse_hub_silent_parts", "Parts of the hub that were not heard: what they counted is missing.", [
      { labels: {}, value: seen.silent },
    ]),
    counter(
      "pulse_spans_total",
      "Spans by what became of them: exported, dropped (no room, or no collector), refused by the collector.",
      Object.entries(seen.spans ?? {}).map(([result, value]) => ({ labels: { result }, value })),
    ),
    gauge(
      "pulse_disk_state",
      "The gateway's own disk: 0 has room, 1 takes nothing new, 2 uses up the reserve.",
      seen.disk === undefined ? [] : [{ labels: {}, value: ["ok", "low", "spent"].indexOf(seen.disk) }],
    ),
    gauge(
      "pulse_last_backup_timestamp_seconds",
      "When the last backup of the gateway's own database was made, in seconds since 1970; 0: none is known.",
      seen.backupAt === undefined ? [] : [{ labels: {}, value: (seen.backupAt ?? 0) / 1000 }],
    ),
  ];
}

function spreads(
  { of, boundsSeconds }: Pools[number],
  all: readonly ({ kind: string } & Spread)[],
): Sample[] {
  return all.flatMap(({ kind, ...spread }) => histogramOf({ ...of, kind }, boundsSeconds, spread));
}

const nothing = { ends: [], starts: [], repeats: [], waited: [], ran: [] };
const keyOf = ({ project, pool }: { project: string; pool: string }): string => `${project}/${pool}`;
const scope = ({ project, pool }: { project: string; pool: string }): Labels => ({ project, pool });
const counter = (name: string, help: string, samples: Sample[]): Family => ({
  ...{ name, help, samples, type: "counter" },
});
const gauge = (name: string, help: string, samples: Sample[]): Family => ({
  ...{ name, help, samples, type: "gauge" },
});
const histogram = (name: string, help: string, samples: Sample[]): Family => ({
  ...{ name, help, samples, type: "histogram" },
});
