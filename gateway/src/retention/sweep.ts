import type { Ports } from "../ports.ts";
import { type ContentPlace, createContentsStore } from "./contents-store.ts";
import { judgeContents } from "./due.ts";
import { createRetentionStore } from "./store.ts";

/** How long content stays that nothing names: a deploy of the same code, and a job that was made before, still find it. */
const graceMs = 24 * 3_600_000;
/** How long dependencies stay that no version uses: the next build that asks for the same ones need not install them. */
const unusedBuildMs = 7 * 24 * 3_600_000;
const rowsAtOnce = 200;
const blobsAtOnce = 500;

type SweepPorts = Pick<Ports, "database" | "now" | "blobs">;

/**
 * Lets go of stored content (bundles, dependencies) that nothing has named for a day. It is marked first and dropped a day later; the bytes go when
 * no project has them any more and they were not stored again within the day. Each value it yields is one small step.
 */
export async function* sweepContents(ports: SweepPorts): AsyncGenerator<void> {
  const store = createContentsStore(ports.database);
  while ((await store.forgetBuilds(ports.now() - unusedBuildMs, rowsAtOnce)) === rowsAtOnce) yield;
  yield* judgeAll(ports);
  yield* dropBytes(ports);
}

async function* judgeAll({ database, now }: SweepPorts): AsyncGenerator<void> {
  const store = createContentsStore(database);
  const { oldestLive } = createRetentionStore(database);
  for (let after: ContentPlace = { project: "", sha256: "" }; ; ) {
    const rows = await store.walk(after, rowsAtOnce);
    const last = rows.at(-1);
    if (last === undefined) return;
    for (const [project, some] of Map.groupBy(rows, (row) => row.project)) {
      const oldest = await oldestLive(project);
      const verdict = judgeContents(some, { now: now(), graceMs, oldestLive: oldest });
      if (verdict.mark.length + verdict.unmark.length + verdict.drop.length > 0) {
        await store.apply(project, verdict, now());
      }
    }
    after = last;
    yield;
  }
}

async function* dropBytes({ database, now, blobs }: SweepPorts): AsyncGenerator<void> {
  const store = createContentsStore(database);
  for (let after: string | null = null; ; ) {
    const digests = await blobs.list(after, blobsAtOnce);
    const last = digests.at(-1);
    if (last === undefined) return;
    for (const sha256 of await store.nobodys(digests)) {
      await blobs.delete(sha256, now() - graceMs);
      yield;
    }
    after = last;
    yield;
  }
}
