import type { InStatement } from "@libsql/client";
import { makeId } from "@pulse/schema/ids";
import type { Ports } from "../../ports.ts";
import type { AwaitEvent, Command, SubmitTargets } from "../advance/commands.ts";
import type { Cause, RunEvent } from "../advance/events.ts";
import { type RunState, snapshotOf } from "../advance/state.ts";
import type { OpenRun } from "./open-run.ts";
import { usageOfRun } from "./usage-of-run.ts";

/** Events after which the state is kept again, so that reading a log stays short. */
const snapshotEvery = 100;

const json = JSON.stringify;

/** What an event of a run writes: the event with what followed, and everything of its commands that is a row. */
export interface Written {
  cause: Cause;
  entries: readonly RunEvent[];
  commands: readonly Command[];
  /** The number of the event before. */
  after: number;
  /** The state after the event. */
  state: RunState;
  statusBefore: RunState["status"];
}

/**
 * The statements of one event, for a transaction that `endStatements` ends. The first takes the next numbers of the log: when
 * somebody else has taken them, it fails, and nothing of the transaction is written.
 */
export function statementsOf(ports: Ports, run: OpenRun, written: Written): InStatement[] {
  const { id, project } = run;
  const { entries, commands, cause, after } = written;
  const rows = entries.map((entry, i) => [after + 1 + i, entry.type, entry.at, json(entry)]);
  return [
    {
      sql: `INSERT INTO workflow_events (execution_id, seq, project, type, at, entry)
        SELECT ?, value ->> 0, ?, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)`,
      args: [id, project, json(rows)],
    },
    ...answered(run, cause),
    ...commands.flatMap((command) => rowsOf(ports, run, command, cause)),
    ...statusOf(run, written),
  ];
}

/** How far a transaction brings the log of a run, and what of it is left to be done outside. */
export interface Reached {
  last: number;
  /** Something of it is to be done outside. */
  asks: boolean;
  /** Everything that was asked for before was done; else only the row knows. */
  isDoneBefore: boolean;
  keepsState: boolean;
  /** Epoch milliseconds. */
  at: number;
}

/** The statements after those of all events of a transaction. */
export function endStatements(
  run: OpenRun,
  { last, asks, isDoneBefore, keepsState, at }: Reached,
): InStatement[] {
  const how = isDoneBefore ? "?" : "CASE WHEN performed = seq THEN ? ELSE performed END";
  return [
    {
      // What was all done stays so when nothing new is asked.
      sql: `UPDATE workflow_runs SET seq = ?${asks ? "" : `, performed = ${how}`} WHERE execution_id = ?`,
      args: [last, ...(asks ? [] : [last]), run.id],
    },
    ...(keepsState ? [snapshot(run, last)] : []),
    // Steps and prompts are told of as well as the status.
    changed(run.project, run.id, at),
  ];
}

/** Whether the state of a run is to be kept with its event of this number. */
export function isSnapshotDue({ state, snapshotSeq }: OpenRun, last: number): boolean {
  return state.phase === "ended" || last - snapshotSeq >= snapshotEvery;
}

/** Whether a command is done outside of the transaction that writes its event. */
export function isOutside(type: Command["type"]): boolean {
  return ![
    "startTimer",
    "stopTimer",
    "openPrompt",
    "closePrompt",
    "awaitEvent",
    "stopAwaiting",
    "settle",
  ].includes(type);
}

function answered({ id }: OpenRun, cause: Cause): InStatement[] {
  if (cause.type === "timer.fired") return [stopTimer(id, cause.key)];
  if (cause.type === "slot.granted") {
    return [
      { sql: "UPDATE workflow_slots SET told = 1 WHERE execution_id = ? AND key = ?", args: [id, cause.key] },
    ];
  }
  if (cause.type === "slot.refused") return [giveUpSlot(id, cause.key)];
  if (cause.type === "call.settled") {
    return [{ sql: "DELETE FROM workflow_calls WHERE execution_id = ? AND key = ?", args: [id, cause.key] }];
  }
  if (cause.type === "target.submitted" || cause.type === "child.started") {
    const target = cause.type === "target.submitted" ? cause.target : "";
    return [
      {
        sql: "UPDATE workflow_children SET child_id = ? WHERE execution_id = ? AND key = ? AND target = ?",
        args: [cause.executionId, id, cause.key, target],
      },
    ];
  }
  if (cause.type === "target.settled" || cause.type === "child.settled") {
    return [forgetChild(id, cause.key, cause.type === "target.settled" ? cause.target : "")];
  }
  if (cause.type !== "prompt.answered") return [];
  const { by, response, form = {}, at } = cause;
  return [
    {
      sql: "UPDATE prompts SET answers = json_insert(answers, '$[#]', json(?)) WHERE execution_id = ? AND key = ? AND closed_at IS NULL",
      args: [json({ by, response, form, at }), id, cause.key],
    },
  ];
}

function forgetChild(id: string, key: string, target: string): InStatement {
  return {
    sql: "DELETE FROM workflow_children WHERE execution_id = ? AND key = ? AND target = ?",
    args: [id, key, target],
  };
}

function giveUpSlot(id: string, key: string): InStatement {
  return { sql: "DELETE FROM workflow_slots WHERE execution_id = ? AND key = ?", args: [id, key] };
}

function stopTimer(id: string, key: string): InStatement {
  return { sql: "DELETE FROM workflow_timers WHERE execution_id = ? AND key = ?", args: [id, key] };
}

function rowsOf(ports: Ports, run: OpenRun, command: Command, cause: Cause): InStatement[] {
  const { id, project } = run;
  switch (command.type) {
    case "startTimer":
      return [
        {
          sql: `INSERT INTO workflow_timers (execution_id, key, project, at) VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET at = excluded.at`,
          args: [id, command.key, project, command.at],
        },
      ];
    case "stopTimer":
      return [stopTimer(id, command.key)];
    case "openPrompt":
      return [openPrompt(ports, run, command, cause.at)];
    case "closePrompt":
      return [closePrompt(run, command, cause)];
    case "acquire":
      return [
        {
          sql: `INSERT INTO workflow_slots (execution_id, key, project, slot, most, state, told, at)
            VALUES (?, ?, ?, ?, ?, 'queued', 0, ?) ON CONFLICT DO NOTHING`,
          args: [id, command.key, project, command.concurrency.key, command.concurrency.limit, cause.at],
        },
      ];
    case "release":
      return [giveUpSlot(id, command.key)];
    case "awaitEvent":
      return [awaitRow(run, command)];
    case "stopAwaiting":
      return [stopAwaiting(id, command.key)];
    case "submitTargets":
      return [childRows(run, command)];
    case "startChild":
      return [
        {
          sql: `INSERT INTO workflow_children (execution_id, key, target, project, kind) VALUES (?, ?, '', ?, 'workflow')
            ON CONFLICT DO NOTHING`,
          args: [id, command.key, project],
        },
      ];
    default:
      return [];
  }
}

/** What was emitted before it looks back to is passed over from the start. */
function awaitRow({ id, project }: OpenRun, { key, name, since }: AwaitEvent): InStatement {
  return {
    sql: `INSERT INTO workflow_awaits (execution_id, key, project, name, seen) VALUES (?, ?, ?, ?,
        coalesce((SELECT max(seq) FROM emitted_events WHERE project = ? AND name = ? AND at < ?), 0))
      ON CONFLICT DO NOTHING`,
    args: [id, key, project, name, project, name, since],
  };
}

function stopAwaiting(id: string, key: string): InStatement {
  return { sql: "DELETE FROM workflow_awaits WHERE execution_id = ? AND key = ?", args: [id, key] };
}

function childRows({ id, project }: OpenRun, { key, targets }: SubmitTargets): InStatement {
  return {
    sql: `INSERT INTO workflow_children (execution_id, key, target, project, kind)
      SELECT ?, ?, value, ?, 'job' FROM json_each(?) WHERE true ON CONFLICT DO NOTHING`,
    args: [id, key, project, json(targets.map((target) => target.id))],
  };
}

function openPrompt(
  ports: Ports,
  { id, project }: OpenRun,
  prompt: Extract<Command, { type: "openPrompt" }>,
  at: number,
): InStatement {
  const { key, step, message, options, form, approvers, expiresAt } = prompt;
  return {
    sql: `INSERT INTO prompts (id, project, execution_id, key, step, message, opened_at, expires_at, options, form, approvers, answers)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '[]') ON CONFLICT DO NOTHING`,
    args: [
      ...[makeId("prompt", at, ports.random(10)), project, id, key, step, message, at, expiresAt],
      ...[json(options), json(form), approvers === null ? null : json(approvers)],
    ],
  };
}

function closePrompt(
  { id }: OpenRun,
  { key, because }: Extract<Command, { type: "closePrompt" }>,
  cause: Cause,
): InStatement {
  const answer = cause.type === "prompt.answered" && cause.key === key ? cause : null;
  return {
    sql: `UPDATE prompts SET closed_at = ?, closed_because = ?, answered_by = ?, response = ?
      WHERE execution_id = ? AND key = ? AND closed_at IS NULL`,
    args: [cause.at, because, answer?.by ?? null, answer?.response ?? null, id, key],
  };
}

const changed = (project: string, id: string, at: number): InStatement => ({
  sql: "INSERT INTO events (project, topic, subject, at) VALUES (?, 'executions', ?, ?)",
  args: [project, id, at],
});

function statusOf({ id }: OpenRun, { state, statusBefore, cause }: Written): InStatement[] {
  const { status, phase, outputs, failure, startedAt } = state;
  if (status === statusBefore && cause.type !== "execution.started") return [];
  const guard = "WHERE id = ? AND kind = 'workflow' AND ended_at IS NULL";
  const show = (to: string): InStatement => ({
    // One that was put off begins with it.
    sql: `UPDATE executions SET status = ?, started_at = coalesce(started_at, ?), attempt = 1 ${guard} AND status <> ?`,
    args: [to, cause.at, id, to],
  });
  if (phase !== "ended") return status === "scheduled" ? [] : [show(status)];
  const isOfStep = status === "failed" && failure !== null && failure.step !== "";
  const reason =
    status === "cancelled" || status === "timed_out" ? status : isOfStep ? ("step_failed" as const) : null;
  const isGood = status === "succeeded" || status === "cancelled";
  const error =
    isGood || failure === null
      ? null
      : json({ code: failure.code, message: failure.message, name: failure.step, source: "function" });
  const body = new TextEncoder().encode(json(outputs));
  return [
    // From waiting an execution goes on before it ends, but for one that never began.
    ...(status === "superseded" || startedAt === 0 ? [] : [show("running")]),
    {
      sql: `UPDATE executions SET status = ?, reason = ?, error = ?, ended_at = ?, http_status = ?, response_headers = ?,
        response_at = ?, response_bytes = ?, response_body = ? ${guard}`,
      args: [
        ...[status, reason, error, cause.at],
        ...(status === "succeeded"
          ? [200, json([["content-type", "application/json"]]), "inline", body.length, body.toBase64()]
          : [null, null, "none", null, null]),
        id,
      ],
    },
    usageOfRun(id, cause.at),
    { sql: "DELETE FROM workflow_timers WHERE execution_id = ?", args: [id] },
    { sql: "DELETE FROM workflow_slots WHERE execution_id = ?", args: [id] },
    { sql: "DELETE FROM workflow_awaits WHERE execution_id = ?", args: [id] },
  ];
}

function snapshot({ id, project, state }: OpenRun, last: number): InStatement {
  return {
    sql: `INSERT INTO workflow_snapshots (execution_id, project, seq, state) VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET seq = excluded.seq, state = excluded.state`,
    args: [id, project, last, json(snapshotOf(state))],
  };
}
