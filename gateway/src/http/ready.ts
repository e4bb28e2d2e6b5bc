import { ProblemError } from "@pulse/schema/problem";
import * as tables from "@pulse/schema/tables";
import { getTableName, is, Table } from "drizzle-orm";
import type { Deps } from "./context.ts";

const patienceMs = 5000;
const wanted = Object.values(tables).flatMap((one) => (is(one, Table) ? [getTableName(one)] : []));

/**
 * Makes the check whether the gateway can take work: throws `unavailable` with the first thing that is missing. The database answers, it has every
 * table, and the hub answers from wherever it is; each within five seconds.
 */
export function createReadyCheck({ ports, hub }: Deps): () => Promise<void> {
  let isMigrated = false;
  const within = async <T>(what: string, work: Promise<T>): Promise<T> => {
    let cancel = (): void => undefined;
    const late = new Promise<never>((_, reject) => {
      cancel = ports.timer(patienceMs, () => reject(new Error(`no answer within ${patienceMs} ms`)));
    });
    try {
      return await Promise.race([work, late]);
    } catch (error) {
      ports.log.error(`not ready: ${what}`, error);
      throw new ProblemError("unavailable", what, { retryAfter: 5, cause: error });
    } finally {
      cancel();
    }
  };
  return async () => {
    const { client } = ports.database;
    await within("the database does not answer", client.execute("SELECT 1"));
    if (!isMigrated) {
      const names = await within(
        "the database does not tell its tables",
        client.execute("SELECT name FROM sqlite_master WHERE type = 'table'"),
      );
      const there = new Set(names.rows.map(({ name }) => String(name)));
      const missing = wanted.filter((name) => !there.has(name));
      if (missing.length > 0) {
        const some = missing.slice(0, 3).join(", ");
        const detail = `the database is not migrated: ${missing.length} tables are missing (${some}); run pulse migrate`;
        throw new ProblemError("unavailable", detail, { retryAfter: 5 });
      }
      isMigrated = true;
    }
    // Nothing is taken: whoever has the hub has to answer, that is all.
    await within("the hub does not answer", hub.take({ project: "default", takes: [] }));
  };
}
