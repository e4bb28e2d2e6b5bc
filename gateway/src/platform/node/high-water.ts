import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "@libsql/client";
import { ProblemError } from "@pulse/schema/problem";
import { liveStatuses } from "@pulse/schema/status";
import * as z from "zod";
import { epochFloorFact } from "../../runners/epoch-floor.ts";
import { replaceFile } from "./durable.ts";

const startsFact = "starts of the gateway";
const markFile = "high-water";
const acceptFile = "rollback-accepted";
/** No execution is handed out so often, no runner opens so many sessions, in what a rollback can lose. */
const step = 1_000_000;

const markShape = z.object({ starts: z.number().int(), event: z.number().int() });
type Mark = z.output<typeof markShape>;

/**
 * Notices a database that is older than what was there before: a copy that was put back, a snapshot of the machine. The database counts its starts and
 * numbers its events, neither ever goes back; a small file beside it says how far it had come. The file is written after the database, so that it never
 * runs ahead of it.
 *
 * An older database must not simply go on. It would hand out again what was handed out since, under fences that are in runners' hands already: two runners
 * would hold the same execution with the same fence, and an outcome of lost times would be taken for one of these. So a rollback that is accepted
 * raises every open fence, and the epoch of every session to come, far above what was lost.
 */
export class HighWater {
  readonly #client: Client;
  readonly #path: string;
  readonly #acceptPath: string;
  #last: Mark = { starts: 0, event: 0 };

  constructor(client: Client, dataDir: string) {
    this.#client = client;
    this.#path = join(dataDir, markFile);
    this.#acceptPath = join(dataDir, acceptFile);
  }

  /** Compares the database with the mark and counts a start; true when a rollback was accepted. Throws `unavailable` for one that was not. */
  async begin(isAccepted: boolean): Promise<boolean> {
    const mark = this.#read();
    const seen = await this.#seen();
    const isRestored = existsSync(this.#acceptPath);
    const isOlder = mark !== null && (seen.starts < mark.starts || seen.event < mark.event);
    if (isOlder && !isAccepted && !isRestored) throw rolledBack(seen, mark);
    if (isOlder || isRestored) await this.#raise(mark ?? seen);
    await this.#client.execute({
      sql: "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
      args: [startsFact, String(Math.max(seen.starts, mark?.starts ?? 0) + 1)],
    });
    await this.note();
    rmSync(this.#acceptPath, { force: true });
    return isOlder || isRestored;
  }

  /** Writes down how far the database has come. */
  async note(): Promise<void> {
    const seen = await this.#seen();
    if (seen.starts === this.#last.starts && seen.event === this.#last.event) return;
    await replaceFile(this.#path, `${JSON.stringify(seen)}\n`);
    this.#last = seen;
  }

  #read(): Mark | null {
    if (!existsSync(this.#path)) return null;
    try {
      return markShape.parse(JSON.parse(readFileSync(this.#path, "utf8")));
    } catch (cause) {
      const detail = `${this.#path} cannot be read; remove it if the database is known to be the newest`;
      throw new ProblemError("unavailable", detail, { cause });
    }
  }

  async #seen(): Promise<Mark> {
    const { rows } = await this.#client.execute({
      sql: `SELECT coalesce((SELECT CAST(value AS INTEGER) FROM facts WHERE name = ?), 0) AS starts,
        coalesce((SELECT max(id) FROM events), 0) AS event`,
      args: [startsFact],
    });
    return { starts: Number(rows[0]?.starts ?? 0), event: Number(rows[0]?.event ?? 0) };
  }

  async #raise(mark: Mark): Promise<void> {
    const live = liveStatuses.map((status) => `'${status}'`).join(", ");
    await this.#client.batch(
      [
        { sql: `UPDATE executions SET fence = fence + ? WHERE status IN (${live})`, args: [step] },
        // Sessions that stand go on; the next one of each runner is above any that was lost.
        {
          sql: `INSERT INTO facts (name, value) SELECT ?, coalesce((SELECT max(epoch) FROM runners), 0) + ? WHERE true
            ON CONFLICT DO UPDATE SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))`,
          args: [epochFloorFact, step],
        },
        // Whoever follows holds an id of the lost times: the next one is above it.
        {
          sql: `INSERT INTO events (id, project, topic, subject, at)
            SELECT max(coalesce((SELECT max(id) FROM events), 0), ?) + ?, 'default', 'runners', '', ?`,
          args: [mark.event, step, Date.now()],
        },
      ],
      "write",
    );
  }
}

/** Tells the next start over this folder that its database is older on purpose. */
export function acceptRollback(dataDir: string): void {
  writeFileSync(join(dataDir, acceptFile), "", { mode: 0o600 });
}

function rolledBack(seen: Mark, mark: Mark): ProblemError {
  const detail = `the database is older than it was: it has seen ${seen.starts} starts and ${seen.event} events, of ${mark.starts} and ${mark.event}. Work that was accepted since is not in it`;
  return new ProblemError("unavailable", detail, {
    hint: "Put the newest database back. If it is lost, start once with --accept-rollback: what was accepted since is forgotten, and what runners still hold of it is refused.",
  });
}
