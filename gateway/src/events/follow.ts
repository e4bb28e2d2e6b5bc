import type { EventTopic } from "@pulse/schema/wire/events";
import type { Deps, Principal } from "../http/context.ts";
import { pause } from "../http/pause.ts";
import { standingRight } from "../http/standing-right.ts";
import { createEventStore, type EventRow } from "./store.ts";
import { readSubject } from "./telling.ts";

/**
 * How the features show somebody what changed: the things of these subjects as they are now. Null: it is gone, and they may hear so; of what is left
 * out nothing is told.
 */
export type Views = Record<
  EventTopic,
  (by: Principal, subjects: readonly string[]) => Promise<ReadonlyMap<string, unknown>>
>;

/** What is followed. */
export interface Followed {
  by: Principal;
  /** Topics, and `execution:<id>` for one execution. */
  topics: readonly string[];
  /** The last id that the reader has; null: from now on. */
  after: number | null;
  /** Looks again at who asks, and says who that is now; throws when they may not any longer. */
  recheck(): Promise<Principal>;
}

/** What changes within this time is told together, each thing once. */
const gatherMs = 100;
/** Rows read at once; a slow reader holds the answer to one such read and no more. */
const readMost = 200;

/**
 * What changes in a project, as server-sent events, until the signal fires or the credential is no longer good. Each event carries the
 * id of the change that it tells of last; one that begins after that id goes on where this one ended.
 */
export async function* followEvents(
  deps: Deps,
  views: Views,
  { by, topics, after, recheck }: Followed,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { hub, ports } = deps;
  const { project } = by;
  let viewer = by;
  const store = createEventStore(ports.database);
  // The ticket is taken before the rows are read: what changes in between is told by a newer one.
  let { ticket } = await hub.watchEvents({ project, ticket: null, waitMs: 0 }, signal);
  const { oldest, newest } = await store.span();
  const isKept = after !== null && after <= newest && after >= oldest - 1;
  let at = after !== null && isKept ? after : newest;
  if (after !== null && !isKept) yield written(at, "reset", {});
  else yield written(at, "ready", { resumed: isKept });
  const right = standingRight(ports, async () => {
    viewer = await recheck();
  });
  while (!signal.aborted) {
    if (!(await right.stands())) return;
    const { rows, upTo, isAll, isGone } = await store.after(project, at, readMost);
    // A reader so slow that what comes next for it was forgotten meanwhile.
    if (isGone) yield written(upTo, "reset", {});
    const text = await told(
      views,
      viewer,
      rows.filter((row) => isWanted(row, topics)),
    );
    at = upTo;
    if (text !== "") yield text;
    if (!isAll) {
      // A local database answers within the turn of the loop; others are to have theirs.
      await new Promise<void>((resolve) => ports.soon(resolve));
      continue;
    }
    // A reader whose connection is silent for so long gets a comment, so that proxies keep it open.
    const watch = await hub.watchEvents({ project, ticket, waitMs: right.leftMs() }, signal);
    if (signal.aborted) return;
    if (watch.ticket === ticket) {
      yield `id: ${at}\n: quiet\n\n`;
    } else {
      await pause(ports, gatherMs, signal);
    }
    ticket = watch.ticket;
  }
}

/** Everybody of the project may hear that one of these is gone: each that was not found is null. */
export function orGone<View>(
  subjects: readonly string[],
  found: ReadonlyMap<string, View>,
): Map<string, View | null> {
  return new Map(subjects.map((subject) => [subject, found.get(subject) ?? null]));
}

function isWanted({ topic, subject }: EventRow, topics: readonly string[]): boolean {
  return topics.includes(topic) || (topic === "executions" && topics.includes(`execution:${subject}`));
}

/** Each thing once, as it is now, in the order of its last change. */
async function told(views: Views, by: Principal, rows: readonly EventRow[]): Promise<string> {
  const last = new Map<string, EventRow>();
  for (const row of rows) {
    const key = `${row.topic} ${row.subject}`;
    last.delete(key);
    last.set(key, row);
  }
  const shown = new Map<EventTopic, ReadonlyMap<string, unknown>>();
  for (const topic of new Set(rows.map((row) => row.topic))) {
    const subjects = [...last.values()].filter((row) => row.topic === topic).map((row) => row.subject);
    shown.set(topic, await views[topic](by, subjects));
  }
  let text = "";
  for (const { id, topic, subject } of last.values()) {
    const view = shown.get(topic)?.get(subject);
    if (view !== undefined) text += written(id, topic, forms[topic](subject, view));
  }
  return text;
}

const idOf = (subject: string) => readSubject(subject).id;

/** What is told of each thing, as the contract has it. */
const forms: Record<EventTopic, (subject: string, view: unknown) => object> = {
  executions: (_, execution) => ({ execution }),
  functions: (name, view) => ({ name, function: view }),
  runners: (name, runner) => ({ name, runner }),
  quotas: (name, quota) => ({ name, quota }),
  workflows: (name, workflow) => ({ name, workflow }),
  webhooks: (subject, webhook) => ({ id: idOf(subject), webhook }),
  deliveries: (_, delivery) => ({ delivery }),
  schedules: (subject, schedule) => ({ id: idOf(subject), schedule }),
  ticks: (_, tick) => ({ tick }),
  channels: (id, channel) => ({ id, channel }),
  messages: (_, view) => view as object,
  settings: (of) => ({ of }),
  audit: (_, entry) => ({ entry }),
};

function written(id: number, event: string, data: object): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
