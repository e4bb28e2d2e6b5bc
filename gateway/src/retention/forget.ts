import { keptByDefault } from "@pulse/schema/wire/retention";
import type { Ports } from "../ports.ts";
import { cutoffsOf, goWhole, losePart, upToBytes } from "./due.ts";
import { beginning, createRetentionStore, type Place, type RetentionStore } from "./store.ts";

const executionsAtOnce = 500;
/** Bodies are read with their rows to be taken off, so fewer at a time. */
const bodiesAtOnce = 250;
/** What is deleted has to be walked through page by page: so much of it takes some tens of milliseconds. */
const bytesAtOnce = 8 * 2 ** 20;
const versionsAtOnce = 200;
const hourMs = 3_600_000;

/**
 * Forgets what the projects no longer keep: logs, bodies, whole executions, old versions. Each value it yields is one small step; the caller gives
 * other work its turn in between and may end it at any of them, for the next one goes on where this ended.
 */
export async function* forgetOld({ database, now }: Pick<Ports, "database" | "now">): AsyncGenerator<void> {
  const store = createRetentionStore(database);
  const projects = await store.projects();
  // Who is first changes by the hour, so that a project with much to forget does not keep the others waiting for ever.
  const first = projects.length === 0 ? 0 : Math.floor(now() / hourMs) % projects.length;
  for (const project of [...projects.slice(first), ...projects.slice(0, first)]) {
    const kept = (await store.settings(project)) ?? keptByDefault;
    const cutoffs = cutoffsOf(kept, now());
    yield* forgetLogs(store, project, cutoffs.logs);
    yield* forgetBodies(store, project, cutoffs.payloads);
    yield* forgetExecutions(store, project, cutoffs.executions);
    if (kept.versions !== null) yield* forgetVersions(store, project, kept.versions);
  }
}

async function* forgetLogs(store: RetentionStore, project: string, before: number): AsyncGenerator<void> {
  for (let place = await store.place("logs", project); ; ) {
    const rows = await store.walk(project, place, before, "nothing", executionsAtOnce);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield* dropLogs(store, losePart(rows, before));
    place = placeOf(last);
    await store.savePlace("logs", project, place);
    yield;
  }
}

async function* dropLogs(store: RetentionStore, ids: readonly string[]): AsyncGenerator<void> {
  for (;;) {
    const chunks = await store.chunks(ids, executionsAtOnce);
    if (chunks.length === 0) return;
    await store.dropChunks(upToBytes(chunks, bytesAtOnce).map(({ row }) => row));
    yield;
  }
}

async function* forgetBodies(store: RetentionStore, project: string, before: number): AsyncGenerator<void> {
  for (let place = await store.place("payloads", project); ; ) {
    const found = await store.walk(project, place, before, "row", bodiesAtOnce);
    const rows = upToBytes(found, bytesAtOnce);
    const last = rows.at(-1);
    if (last === undefined) return;
    place = placeOf(last);
    await store.dropBodies(project, losePart(rows, before), place);
    yield;
  }
}

async function* forgetExecutions(
  store: RetentionStore,
  project: string,
  before: number,
): AsyncGenerator<void> {
  for (let place = beginning; ; ) {
    const found = await store.walk(project, place, before, "row", executionsAtOnce);
    const rows = upToBytes(found, bytesAtOnce);
    const last = rows.at(-1);
    if (last === undefined) return;
    const ids = goWhole(rows, before);
    yield* dropLogs(store, ids);
    if (ids.length > 0) await store.dropExecutions(ids);
    place = placeOf(last);
    yield;
  }
}

async function* forgetVersions(store: RetentionStore, project: string, kept: number): AsyncGenerator<void> {
  for (;;) {
    const ids = await store.oldVersions(project, kept, versionsAtOnce);
    if (ids.length > 0) await store.dropVersions(ids);
    if (ids.length < versionsAtOnce) return;
    yield;
  }
}

function placeOf({ createdAt, id }: Place): Place {
  return { createdAt, id };
}
