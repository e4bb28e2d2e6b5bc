import type { Client, ResultSet } from "@libsql/client";
import type { EarlierAttempt } from "@pulse/schema/tables";
import type { ExecutionError, Timing } from "@pulse/schema/wire/job";
import type { NewExecution, PoolScope } from "../hub.ts";
import { changeOf, endNumbers, endOf, isStep } from "./changes.ts";
import { type Claim, claimOf } from "./claim.ts";
import { type Held, heldColumns, heldFromRow } from "./held.ts";
import { type HandOut, type Inserted, insertNew } from "./insertion.ts";
import { endQueued, markRunning, meter, requeue, settle } from "./job-statements.ts";
import type { GroupedRow, Journal } from "./journal.ts";

/** What a settlement writes. */
export interface Settlement {
  status: string;
  reason: string | null;
  endedAt: number;
  httpStatus: number | null;
  timing: Timing;
  error: ExecutionError | null;
  headers: [string, string][] | null;
  responseAt: "none" | "inline" | "stored" | "not_kept";
  responseBytes: number | null;
  responseSha256: string | null;
  responseBody: string | null;
  settledSha256: string;
  late: boolean;
  truncated: boolean;
}

/** What a requeue writes. */
export interface Requeue {
  runAt: number;
  expiresAt: number | null;
  retriesUsed: number;
  losses: number;
  redeliveries: number;
  reason: string | null;
  error: ExecutionError | null;
  settledSha256: string | null;
  /** How long the attempt that is over ran. */
  ranMs: number;
  /** The attempt that is over, without its runner, which the row names; null: what was offered never was one. */
  over: Omit<EarlierAttempt, "runner"> | null;
}

export interface BacklogRow {
  project: string;
  pool: string;
  route: string;
  capKey: string | null;
  runAt: number;
  nextAt: number | null;
  expiresAt: number | null;
}

/** Where the store says that a change of a project's executions is on disk, for those who follow it. */
export interface News {
  /** Epoch milliseconds. */
  now(): number;
  /** `isStep`: one that a workflow asked for has ended. */
  changed(project: string, isStep?: boolean): void;
}

/** The only writer of `executions`. Every change of a held row repeats the guard: this fence, and not yet over. */
export class JobStore {
  readonly #client: Client;
  readonly #journal: Journal;
  readonly #numberOf = endNumbers();
  readonly #news: News;
  /** What every look for work to do ends with. */
  readonly #within: { sql: string; args: string[] };

  /** With `only`, what is looked for is looked for in that pool; a row that is named by its id is reached wherever it is. */
  constructor(client: Client, journal: Journal, news: News, only: PoolScope | null = null) {
    this.#client = client;
    this.#journal = journal;
    this.#news = news;
    this.#within =
      only === null
        ? { sql: "", args: [] }
        : { sql: " AND project = ? AND pool = ?", args: [only.project, only.pool] };
  }

  /** Writes a new row, handed out to a runner unless its cap is reached, or for the queue; resolves once it is on disk. */
  async insert(execution: NewExecution, to: HandOut | null): Promise<Inserted> {
    const inserted = await insertNew(this.#journal, execution, to, this.#news.now());
    if (to === null || inserted === "queued") this.#news.changed(execution.job.project);
    return inserted;
  }

  /** Writes a terminal state; false when the fence is stale or the execution is over already. */
  async settle(held: Held, s: Settlement): Promise<boolean> {
    const endedBy = this.#numberOf(s.endedAt);
    const row = [
      held.id,
      held.fence,
      s.status,
      s.reason,
      s.endedAt,
      held.acknowledgedAt ?? s.endedAt,
      s.httpStatus,
      s.timing,
      s.error,
      s.headers,
      s.responseAt,
      s.responseBytes,
      s.responseSha256,
      s.settledSha256,
      s.responseBody,
      held.retriesUsed,
      held.losses,
      s.late ? 1 : 0,
      s.truncated ? 1 : 0,
      endedBy,
    ];
    const rows = await this.#journal.group(settle, row, endOf(held, endedBy, s));
    return this.#told(held, rows, isStep(held));
  }

  /** Puts a held row back into the queue; false when the fence is stale or the execution is over already. */
  async requeue(held: Held, r: Requeue): Promise<boolean> {
    const row = [
      r.runAt,
      r.expiresAt,
      r.retriesUsed,
      r.losses,
      r.redeliveries,
      r.reason,
      r.error,
      r.settledSha256,
      held.suspicion,
      r.ranMs,
      r.over,
    ];
    const told = this.#change(held.project, held.id);
    return this.#told(held, await this.#journal.group(requeue, [held.id, held.fence, ...row], told));
  }

  /** Writes that a held row runs; false when the fence is stale, it is over, or its cancellation was asked for. */
  async markRunning(held: Held, startedAt: number): Promise<boolean> {
    const told = this.#change(held.project, held.id);
    return this.#told(held, await this.#journal.group(markRunning, [held.id, held.fence, startedAt], told));
  }

  /** Ends a row that nobody holds; false when somebody does or it is over. */
  async endQueued(
    held: Held,
    end: { status: string; reason: string; endedAt: number; error: ExecutionError | null },
  ): Promise<boolean> {
    const endedBy = this.#numberOf(end.endedAt);
    const row = [held.id, end.status, end.reason, end.endedAt, end.error, endedBy];
    const along = endOf(held, endedBy, { ...end, timing: {} });
    return this.#told(held, await this.#journal.group(endQueued, row, along), isStep(held));
  }

  /** Takes up to `limit` due rows for a runner, oldest first, honouring caps. */
  async claim(claim: Claim, now: number): Promise<Held[]> {
    const rows = await this.#journal.run(...claimOf(claim, now));
    return rows.map((row) => heldFromRow(row)).sort((a, b) => a.createdAt - b.createdAt);
  }

  /** Asks for a cancellation: answers what the row was before, or null when there is none. */
  async cancel(project: string, id: string, now: number): Promise<{ before: string; held: Held } | null> {
    const which = [id, project];
    const endedBy = this.#numberOf(now);
    const before = { sql: `SELECT ${heldColumns} FROM executions WHERE id = ? AND project = ?`, args: which };
    const ended = {
      sql: `UPDATE executions SET status = 'cancelled', reason = 'cancelled', ended_at = ?, cancel_requested = 1, ended_by = ?
       WHERE id = ? AND project = ? AND status IN ('queued', 'scheduled', 'waiting') AND kind <> 'workflow'`,
      args: [now, endedBy, ...which],
    };
    const asked = {
      sql: "UPDATE executions SET cancel_requested = 1 WHERE id = ? AND project = ? AND status IN ('offered', 'running')",
      args: which,
    };
    // What goes along is written before: the end must stand when what it used is added up.
    const metered = { sql: meter.sql, args: [JSON.stringify([[id, endedBy]])] };
    const statements = [before, ended, metered, asked];
    const [rows] = await this.#journal.together(statements, this.#change(project, id));
    const row = rows?.[0];
    const held = row === undefined ? null : heldFromRow(row);
    this.#news.changed(project, held !== null && isStep(held));
    return held === null ? null : { before: String(row?.status), held };
  }

  /** Keeps a response that nobody waited for. */
  async keepResponse({ id, project }: Held, body: Uint8Array): Promise<void> {
    await this.#journal.run(
      "INSERT INTO payloads (project, execution_id, part, body, bytes) VALUES (?, ?, 'response', ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body, bytes = excluded.bytes",
      [project, id, body, body.length],
    );
  }

  /** A new cap for rows that wait. */
  async setCap(key: string, max: number): Promise<void> {
    await this.#journal.run("UPDATE executions SET cap_max = ? WHERE cap_key = ? AND status = 'queued'", [
      max,
      key,
    ]);
  }

  /** One row, raw, or null. */
  async read(id: string): Promise<Record<string, unknown> | null> {
    const { rows } = await this.#client.execute({ sql: "SELECT * FROM executions WHERE id = ?", args: [id] });
    return rows[0] ?? null;
  }

  /** Rows that runners hold, for a hub that has just started. */
  async heldRows(): Promise<{ runner: string; held: Held }[]> {
    const { sql, args } = this.#within;
    const { rows } = await this.#client.execute({
      sql: `SELECT runner_id, ${heldColumns} FROM executions WHERE status IN ('offered', 'running') AND kind IN ('function', 'command', 'build')${sql}`,
      args,
    });
    return rows.map((row) => ({ runner: String(row.runner_id), held: heldFromRow(row) }));
  }

  /** Queued rows by pool and lane: the earliest time, the earliest still to come, and the earliest expiry (epoch ms). */
  async backlog(now: number): Promise<BacklogRow[]> {
    const { rows } = await this.#client.execute({
      sql: `SELECT project, pool, route, cap_key, min(run_at) AS run_at, min(CASE WHEN run_at > ? THEN run_at END) AS next_at,
        min(expires_at) AS expires_at FROM executions WHERE status = 'queued'${this.#within.sql} GROUP BY project, pool, route, cap_key`,
      args: [now, ...this.#within.args],
    });
    return rows.map((row) => ({
      project: String(row.project),
      pool: String(row.pool),
      route: String(row.route),
      capKey: row.cap_key === null ? null : String(row.cap_key),
      runAt: Number(row.run_at),
      nextAt: row.next_at === null ? null : Number(row.next_at),
      expiresAt: row.expires_at === null ? null : Number(row.expires_at),
    }));
  }

  /** Queued rows whose time is up, at most 200. */
  async expired(now: number): Promise<Held[]> {
    const result: ResultSet = await this.#client.execute({
      sql: `SELECT ${heldColumns} FROM executions WHERE status = 'queued' AND expires_at <= ?${this.#within.sql} LIMIT 200`,
      args: [now, ...this.#within.args],
    });
    return result.rows.map((row) => heldFromRow(row));
  }

  #change(project: string, id: string): GroupedRow[] {
    return changeOf(project, id, this.#news.now());
  }

  /** Whether the write reached its row; then those who follow hear of it. */
  #told(held: Held, rows: ResultSet["rows"], isEndOfStep = false): boolean {
    const written = rows.some((row) => row.id === held.id);
    if (written) this.#news.changed(held.project, isEndOfStep);
    return written;
  }
}
