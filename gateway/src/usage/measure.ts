import type { Ports } from "../ports.ts";
import { createMeasureStore, type Measured, measuredTables } from "./measure-store.ts";

const rowsAtOnce = 5000;
const hourMs = 3_600_000;

/**
 * Measures what each project has stored, at most once an hour, and notes it. Each value it yields is one small step; where it ends early, the
 * next one goes on there.
 */
export async function* measureStorage({
  database,
  now,
}: Pick<Ports, "database" | "now">): AsyncGenerator<void> {
  const store = createMeasureStore(database);
  const known = await store.progress();
  const hour = now() - (now() % hourMs);
  if (known !== null && known.doneAt >= hour) return;
  let { table, after, sums }: Measured =
    known === null || known.doneAt > 0 ? { doneAt: 0, table: 0, after: 0, sums: {} } : known;
  for (let name = measuredTables[table]; name !== undefined; name = measuredTables[table]) {
    const found = await store.some(name, after, rowsAtOnce);
    for (const { project, bytes } of found.bytes) {
      const sum = sums[project] ?? { executions: 0, payloads: 0, log_chunks: 0 };
      sum[name] += bytes;
      sums[project] = sum;
    }
    if (found.count < rowsAtOnce) {
      table += 1;
      after = 0;
    } else after = found.last;
    await store.keep({ doneAt: 0, table, after, sums });
    yield;
  }
  await store.finish(sums, now());
}
