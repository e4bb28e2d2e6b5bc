import { isTerminal } from "@pulse/schema/status";
import type { Change, History } from "./history.ts";
import type { Effect, Ledger } from "./ledger.ts";

const lossesMost = 3;

/** Compares what the outside was told and saw with the rows at the end, when everything has had its time. */
export function judge(ledger: Ledger, history: History): void {
  const { rows } = history;
  for (const id of ledger.accepted.keys()) {
    if (!rows.has(id))
      ledger.violate("accepted is never lost", `${id} was accepted, and there is no such row`);
  }
  for (const [id, told] of ledger.settled) {
    const status = rows.get(id)?.status;
    for (const one of told) {
      if (one !== status)
        ledger.violate("one terminal state", `${id} was said to be ${one}, and is ${status}`);
    }
  }
  judgeCompletions(ledger, rows);
  for (const [id, { status, at }] of ledger.cancelled) {
    const row = rows.get(id);
    const last = history.handedOut.get(`${id}.${row?.fence}`);
    if (last !== undefined && last.at > at) {
      ledger.violate(
        "cancel is final",
        `${id} was handed out ${Math.round(last.at - at)} ms after its cancellation`,
      );
    }
    if (status === "cancelled" && row?.status !== "cancelled") {
      ledger.violate("cancel is final", `${id} was said to be cancelled, and is ${row?.status}`);
    }
  }
  for (const asked of ledger.asked) {
    for (const id of asked.ids) {
      const row = rows.get(id);
      if (row !== undefined) judgeAttempts(ledger, row, asked.retryAttempts);
    }
    if (asked.idempotencyKey !== null) judgeKey(ledger, rows, asked.idempotencyKey);
  }
  judgeEffects(ledger, history);
}

function judgeCompletions(ledger: Ledger, rows: ReadonlyMap<string, Change>): void {
  for (const { execution, fence, outcome } of ledger.completed) {
    const row = rows.get(execution);
    if (row === undefined)
      ledger.violate("what was taken is on disk", `${execution} was completed, and is gone`);
    else if (outcome.status === "succeeded" && (row.status !== "succeeded" || row.fence !== fence)) {
      const what = `${execution} succeeded under fence ${fence} and was taken; it is ${row.status} under ${row.fence}`;
      ledger.violate("what was taken is on disk", what);
    } else if (row.fence === fence && !isTerminal(row.status)) {
      ledger.violate(
        "what was taken is on disk",
        `${execution} was completed, and is ${row.status} under that fence`,
      );
    }
  }
}

function judgeAttempts(ledger: Ledger, row: Change, retryAttempts: number): void {
  const { execution: id, attempt, retriesUsed, losses } = row;
  if (retriesUsed > retryAttempts - 1) {
    ledger.violate(
      "retry counters",
      `${id} was retried ${retriesUsed} times, allowed are ${retryAttempts} attempts`,
    );
  }
  if (losses > lossesMost) ledger.violate("retry counters", `${id} was lost ${losses} times`);
  if (attempt > retriesUsed + losses + 1) {
    ledger.violate(
      "attempts",
      `${id} is at attempt ${attempt} after ${retriesUsed} retries and ${losses} losses`,
    );
  }
}

function judgeKey(ledger: Ledger, rows: ReadonlyMap<string, Change>, key: string): void {
  const made = ledger.asked
    .filter((one) => one.idempotencyKey === key)
    .flatMap(({ ids }) => ids)
    .filter((id) => rows.has(id));
  if (made.length > 1) ledger.violate("idempotency", `key ${key} made ${made.join(" and ")}`);
}

function judgeEffects(ledger: Ledger, history: History): void {
  const askedFor = new Map(ledger.asked.flatMap((one) => one.ids.map((id) => [id, one] as const)));
  const byExecution = new Map<string, Effect[]>();
  for (const effect of ledger.effects) {
    const known = byExecution.get(effect.execution) ?? [];
    known.push(effect);
    byExecution.set(effect.execution, known);
  }
  for (const [id, effects] of byExecution) {
    const gated = effects.filter(({ delivery }) => delivery === "atMostOnce");
    const mayRepeat = askedFor.get(id)?.onLost === "retry";
    const row = history.rows.get(id);
    const most = 1 + (mayRepeat && row !== undefined ? row.losses + row.retriesUsed : 0);
    if (gated.length > most) ledger.violate("at most once", `${id} began ${gated.length} times`);
    if (mayRepeat && gated.length > 1) {
      // At-most-once work is never stopped for a lease: who lets it begin again lets it overlap.
      ledger.count("work that began again by onLost: retry");
      continue;
    }
    for (const [i, one] of effects.entries()) {
      for (const other of effects.slice(i + 1)) judgePair(ledger, history, one, other);
    }
  }
}

/** Two starts of one execution must not overlap, but where a hand-out was repeated because nobody had acknowledged it. */
function judgePair(ledger: Ledger, history: History, one: Effect, other: Effect): void {
  const [first, second] = one.fence <= other.fence ? [one, other] : [other, one];
  const name = `${first.execution}.${first.fence}`;
  if (first.fence === second.fence) {
    ledger.violate(
      "no overlap",
      `${name} was started twice under one fence, by #${first.process} and #${second.process}`,
    );
    return;
  }
  const endedAt = first.endedAt ?? Number.POSITIVE_INFINITY;
  if (endedAt <= second.startedAt || (second.endedAt ?? Number.POSITIVE_INFINITY) <= first.startedAt) return;
  ledger.count("overlaps");
  if (first.isExcused || second.isExcused) return void ledger.count("overlaps of frozen or cloned runners");
  // The hand-out that followed counts as the same attempt when nobody had acknowledged this one.
  const next = history.handedOut.get(`${first.execution}.${first.fence + 1}`)?.attempt;
  const wasAcknowledged = ledger.leased.has(name) || next !== first.attempt;
  if (wasAcknowledged) {
    const what = `${name} on ${first.runner} #${first.process} ran on while ${second.fence} began on ${second.runner} #${second.process}`;
    ledger.violate("no overlap", what);
  } else ledger.count("overlaps of unacknowledged offers");
}
