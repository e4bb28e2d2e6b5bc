import type { InStatement } from "@libsql/client";
import { ProblemError } from "@pulse/schema/problem";
import { isTerminal } from "@pulse/schema/status";
import type { Starter } from "@pulse/schema/tables";
import type { Plan } from "@pulse/schema/workflow/plan";
import { validate } from "@pulse/schema/workflow/validate";
import type { Ports, Span } from "../../ports.ts";
import { advance, fold } from "../advance/advance.ts";
import type { Command } from "../advance/commands.ts";
import type { Cause, RunEvent } from "../advance/events.ts";
import { emptyState, readSnapshot } from "../advance/state.ts";
import type { OpenRun } from "./open-run.ts";
import { endStatements, isOutside, isSnapshotDue, type Reached, statementsOf } from "./run-statements.ts";
import { runSpans } from "./run-trace.ts";

const plansMost = 200;

/** Events of a run that were taken and are to be written: the last one's number, and whether the run begins with them. */
interface Taken {
  /** The status that the run ended with; null: it goes on. */
  ended: string | null;
  statements: InStatement[];
  last: number;
  begins: boolean;
  spans: Span[];
}

/** Somebody else has written the next event: the run must be read again. */
export class Overtaken extends Error {}

const made = new WeakMap<Ports, RunLog>();

/** The log of a gateway's runs: one for the same ports, so that plans are read once. */
export function runLogOf(ports: Ports): RunLog {
  const log = made.get(ports) ?? new RunLog(ports);
  made.set(ports, log);
  return log;
}

/** Reads runs and writes their events: one writer at a time, by the numbers of the log. */
export class RunLog {
  readonly #ports: Ports;
  readonly #plans = new Map<string, Plan>();
  readonly #taken = new WeakMap<OpenRun, Taken>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** The plan of a revision, null when there is none. */
  async plan(workflowId: string, revision: number): Promise<Plan | null> {
    const key = `${workflowId}@${revision}`;
    const known = this.#plans.get(key);
    if (known !== undefined) return known;
    const { rows } = await this.#ports.database.client.execute({
      sql: "SELECT definition FROM workflow_revisions WHERE workflow_id = ? AND revision = ?",
      args: [workflowId, revision],
    });
    if (rows[0] === undefined) return null;
    const { plan, errors } = validate(JSON.parse(String(rows[0].definition)));
    if (plan === null) {
      throw new ProblemError("conflict", `revision ${revision} is no longer valid: ${errors[0]?.message}`);
    }
    if (this.#plans.size >= plansMost) this.#plans.clear();
    this.#plans.set(key, plan);
    return plan;
  }

  /** A run at the end of its log; null when there is none. */
  async read(id: string): Promise<OpenRun | null> {
    const { client } = this.#ports.database;
    const [runs, snapshots, events] = await client.batch(
      [
        {
          sql: `SELECT r.project, r.workflow_id, r.revision, r.depth, r.started_by, r.seq, r.performed, e.name FROM workflow_runs AS r
            JOIN executions AS e ON e.id = r.execution_id WHERE r.execution_id = ?`,
          args: [id],
        },
        { sql: "SELECT seq, state FROM workflow_snapshots WHERE execution_id = ?", args: [id] },
        {
          sql: `SELECT entry FROM workflow_events WHERE execution_id = ?
            AND seq > coalesce((SELECT seq FROM workflow_snapshots WHERE execution_id = ?), 0) ORDER BY seq`,
          args: [id, id],
        },
      ],
      "read",
    );
    const row = runs?.rows[0];
    if (row === undefined) return null;
    const workflowId = String(row.workflow_id);
    const revision = Number(row.revision);
    const plan = await this.plan(workflowId, revision);
    if (plan === null) return null;
    const kept = snapshots?.rows[0];
    const from = kept === undefined ? emptyState() : readSnapshot(JSON.parse(String(kept.state)));
    // Written by this class alone.
    const log = (events?.rows ?? []).map(({ entry }) => JSON.parse(String(entry)) as RunEvent);
    return {
      ...{ id, project: String(row.project), workflow: String(row.name), workflowId, revision, plan },
      depth: Number(row.depth),
      startedBy: row.started_by === null ? null : (JSON.parse(String(row.started_by)) as Starter),
      state: fold(plan, log, from),
      seq: Number(row.seq),
      performed: Number(row.performed),
      snapshotSeq: Number(kept?.seq ?? 0),
    };
  }

  /**
   * Writes an event with everything that follows in one transaction, after `first`; returns what is to be done outside. The run
   * goes on from there. Throws `Overtaken` when somebody else was faster. Whenever it throws, the run is used up.
   */
  async append(run: OpenRun, cause: Cause, first: readonly InStatement[] = []): Promise<Command[]> {
    const commands = this.take(run, cause);
    await this.flush(run, { asks: commands.some(({ type }) => isOutside(type)), isDoneBefore: false }, first);
    return commands;
  }

  /** Has a run go on from an event, which the next `flush` writes; returns what is to be done outside. When it throws, the run is used up. */
  take(run: OpenRun, cause: Cause): Command[] {
    const fresh = { statements: [], last: run.seq, begins: false, ended: null, spans: [] };
    const taken: Taken = this.#taken.get(run) ?? fresh;
    this.#taken.set(run, taken);
    // As it will be read again, so that both come to the same.
    const event = JSON.parse(JSON.stringify(cause)) as Cause;
    const statusBefore = run.state.status;
    const { state, commands, facts } = advance(run.plan, run.state, event);
    const entries = [event, ...facts];
    const written = { cause: event, entries, commands, state, statusBefore, after: taken.last };
    // Now, for the next event changes the state.
    taken.statements.push(...statementsOf(this.#ports, run, written));
    taken.last += entries.length;
    taken.begins ||= event.type === "execution.started";
    if (isTerminal(state.status) && !isTerminal(statusBefore)) taken.ended = state.status;
    run.state = state;
    if (this.#ports.tracing !== undefined) taken.spans.push(...runSpans(run, entries));
    return commands;
  }

  /** Writes what was taken in one transaction, after `first`. It throws as `append` does. */
  async flush(
    run: OpenRun,
    { asks, isDoneBefore }: Pick<Reached, "asks" | "isDoneBefore">,
    first: readonly InStatement[] = [],
  ): Promise<void> {
    const taken = this.#taken.get(run);
    if (taken === undefined) return;
    this.#taken.delete(run);
    const { statements, last, begins, ended, spans } = taken;
    const keepsState = begins || isSnapshotDue(run, last);
    const at = this.#ports.now();
    const end = endStatements(run, { last, asks, isDoneBefore, keepsState, at });
    try {
      await this.#ports.database.client.batch([...first, ...statements, ...end], "write");
    } catch (error) {
      if (/UNIQUE constraint|PRIMARY KEY/i.test(String(error)))
        throw new Overtaken("the run went on", { cause: error });
      throw error;
    }
    if (!asks && (isDoneBefore || run.performed === run.seq)) run.performed = last;
    if (keepsState) run.snapshotSeq = last;
    run.seq = last;
    if (ended !== null) this.#ports.runEnded?.(run.project, ended);
    for (const span of spans) this.#ports.tracing?.add(span);
  }
}
