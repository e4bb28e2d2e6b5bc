import { isTerminal, type Reason } from "@pulse/schema/status";
import type { ExecutionError, Outcome } from "@pulse/schema/wire/job";
import { type CompleteAnswer, type Completion, leaseNumbers } from "@pulse/schema/wire/runner-protocol";
import type { Settled } from "../hub.ts";
import { poolKey, type Session } from "./fleet.ts";
import {
  type Floor,
  letGo,
  noteExpiry,
  printOf,
  rememberSettled,
  type Streamed,
  settledWithout,
} from "./floor.ts";
import { begunAt, type Held, heldFromRow } from "./held.ts";
import type { Requeue } from "./job-store.ts";
import { noResponse, responseOf } from "./kept-response.ts";
import type { Offers } from "./offers.ts";
import { isBegun, onLostOf } from "./patience.ts";
import { isPoison } from "./poison.ts";
import { type AttemptVerdict, type Decision, decide, decideLoss } from "./retry.ts";

/** How much of an earlier attempt's message is kept, characters. */
const keptMessage = 500;

type CompletionResult = CompleteAnswer["results"][number]["result"];

/** Ends attempts: writes what followed from an outcome or a loss, then tells who waits. Nothing else writes an end of held work. */
export class Settlements {
  readonly #floor: Floor;
  readonly #offers: Offers;

  constructor(floor: Floor, offers: Offers) {
    this.#floor = floor;
    this.#offers = offers;
  }

  /** One completion of a batch. A repeated one is `ok` again; one under an old fence changes nothing. */
  async complete(session: Session, completion: Completion): Promise<CompletionResult> {
    const { execution, fence, outcome } = completion;
    const held = session.held.get(execution);
    if (held !== undefined && held.fence === fence) return this.#finish(held, outcome);
    return this.#completeFromRow(session, completion);
  }

  /** The hub does not remember the hand-out: it started anew, or the execution is over or elsewhere. The row decides. */
  async #completeFromRow(
    session: Session,
    { execution, fence, outcome }: Completion,
  ): Promise<CompletionResult> {
    const row = await this.#floor.store.read(execution);
    if (row === null || row.fence !== fence) return "fenced";
    if (row.settled_sha256 === printOf(outcome)) return "ok";
    if (isTerminal(String(row.status)) || row.runner_id !== session.record.id) return "fenced";
    return this.#finish(heldFromRow(row), outcome);
  }

  async #finish(held: Held, outcome: Outcome): Promise<CompletionResult> {
    const { ports, streamed } = this.#floor;
    const now = ports.now();
    held.acknowledgedAt = begunAt(held, outcome.timing, now);
    const stream = streamed.get(held.id) ?? null;
    const verdict: AttemptVerdict = {
      status: outcome.status,
      reason: outcome.reason as Reason | null,
      permanent: outcome.permanent || held.kind === "build" || stream !== null,
      retryAfterMs: outcome.retryAfterMs,
    };
    const final = stream !== null && outcome.reason !== null;
    const decision: Decision = final
      ? { next: "end", status: outcome.status, reason: verdict.reason }
      : decide(this.#facts(held), verdict, now, randomOf(ports.random(4)));
    letGo(this.#floor, held);
    streamed.delete(held.id);
    const print = printOf(outcome);
    const written =
      decision.next === "again"
        ? await this.#again(held, decision, {
            reason: verdict.reason,
            error: outcome.error,
            print,
            ranMs: Math.round(outcome.timing.runMs ?? 0),
          })
        : await this.#end(held, decision, outcome, stream, print, now);
    this.#offers.freed(held);
    if (written) this.#floor.tally.attempted(held, outcome.timing);
    if (written) this.#floor.traces.attempted(held, outcome);
    return written ? "ok" : "fenced";
  }

  async #again(
    held: Held,
    decision: Extract<Decision, { next: "again" }>,
    why: { reason: string | null; error: ExecutionError | null; print: string | null; ranMs: number },
  ): Promise<boolean> {
    const counts = {
      retriesUsed: held.retriesUsed + (decision.counts === "retry" ? 1 : 0),
      losses: held.losses + (decision.counts === "loss" ? 1 : 0),
    };
    return await this.#putBack(held, {
      runAt: decision.runAt,
      ...counts,
      redeliveries: held.redeliveries,
      reason: why.reason,
      error: why.error,
      settledSha256: why.print,
      ranMs: why.ranMs,
      over: overOf(held, why, this.#floor.ports.now()),
    });
  }

  /** Puts a held row back into the queue; one whose cancellation was asked for on the way ends instead. False: it was over, or elsewhere. */
  async #putBack(held: Held, requeue: Omit<Requeue, "expiresAt">): Promise<boolean> {
    const { ports, store } = this.#floor;
    const expiresAt = held.mode === "sync" ? ports.now() + 30_000 : held.expiresAt;
    if (expiresAt !== null) noteExpiry(this.#floor, expiresAt);
    const written = await store.requeue(held, { ...requeue, expiresAt });
    if (!written) return await this.#endCancelled(held);
    this.#floor.tally.repeated(held, whyAgain(held, requeue));
    this.#offers.queued(poolKey(held.project, held.pool), held, requeue.runAt);
    return true;
  }

  /** Ends held work whose cancellation was asked for; false when it was over already, or is elsewhere. */
  #endCancelled(held: Held): Promise<boolean> {
    const error: ExecutionError = {
      code: "cancelled",
      message: "cancelled before it went on",
      source: "platform",
    };
    return this.endWithout(held, "cancelled", "cancelled", error, false);
  }

  async #end(
    held: Held,
    decision: Extract<Decision, { next: "end" }>,
    outcome: Outcome,
    stream: Streamed | null,
    print: string,
    now: number,
  ): Promise<boolean> {
    const { store, room, logs } = this.#floor;
    const response = responseOf(held, outcome, stream);
    if (response.keep !== null) await store.keepResponse(held, response.keep);
    const queueMs = Math.max(0, (held.leftAt ?? now) - held.createdAt);
    const timing = { ...outcome.timing, queueMs };
    const written = await store.settle(held, {
      status: decision.status,
      reason: decision.reason,
      endedAt: now,
      timing,
      error: outcome.error,
      settledSha256: print,
      late: held.unreachableSince !== null,
      truncated: outcome.truncated || (stream?.brokenOff ?? false),
      ...response.columns,
    });
    if (!written) return false;
    rememberSettled(this.#floor, held.id, held.fence);
    this.#floor.tally.ended(held, decision.status);
    const settled: Settled = {
      id: held.id,
      status: decision.status,
      reason: decision.reason,
      attempt: held.attempt,
      error: outcome.error,
      timing,
      response: response.settled,
    };
    room.settle(held.id, { kind: "settled", execution: settled });
    logs.touch(held.id);
    if (held.kind === "build") this.#buildEnded(held, decision.status, outcome.error);
    return true;
  }

  /** The runner or its engine was lost with the attempt: another one follows for free, or it ends, by `retry.ts`; `final`: it ends. */
  async lose(held: Held, reason: "lost" | "infrastructure", detail: string, final = false): Promise<void> {
    const { ports, streamed } = this.#floor;
    const error: ExecutionError = { code: reason, message: detail, source: "platform" };
    const known = this.#facts(held);
    const facts = { ...known, final: final || known.final };
    const decision: Decision = decideLoss(facts, reason, ports.now(), randomOf(ports.random(4)));
    letGo(this.#floor, held);
    this.#floor.traces.lost(held, reason);
    const wasStreaming = streamed.delete(held.id);
    if (decision.next === "again")
      await this.#again(held, decision, { reason, error, print: null, ranMs: 0 });
    else await this.endWithout(held, decision.status, decision.reason ?? reason, error, wasStreaming);
    this.#offers.freed(held);
  }

  /** Nobody acknowledged the offer, or it was given back unstarted: it is offered again, and no attempt is used up. */
  async giveBack(held: Held, counts: boolean): Promise<void> {
    const redeliveries = held.redeliveries + (counts ? 1 : 0);
    if (held.cancelRequested) {
      letGo(this.#floor, held);
      await this.#endCancelled(held);
      this.#offers.freed(held);
      return;
    }
    if (redeliveries > leaseNumbers.offersMost || held.consumed) {
      await this.lose(held, "infrastructure", `offered ${redeliveries} times and never acknowledged`, true);
      return;
    }
    letGo(this.#floor, held);
    if (counts) this.#floor.traces.lost(held, "unacknowledged");
    await this.#putBack(held, {
      runAt: this.#floor.ports.now(),
      retriesUsed: held.retriesUsed,
      losses: held.losses,
      redeliveries,
      reason: null,
      error: null,
      settledSha256: null,
      ranMs: 0,
      over: null,
    });
    this.#offers.freed(held);
  }

  /** Ends held work without a response; false when it was over already, or is elsewhere. */
  async endWithout(
    held: Held,
    status: Settled["status"],
    reason: string,
    error: ExecutionError,
    truncated: boolean,
  ): Promise<boolean> {
    const written = await this.#floor.store.settle(held, {
      ...noResponse,
      status,
      reason,
      endedAt: this.#floor.ports.now(),
      timing: {},
      error,
      settledSha256: "",
      late: false,
      truncated,
    });
    if (written) this.announce(held, status, reason, error);
    return written;
  }

  /** Tells everyone who waits that an execution ended without a response. */
  announce(held: Held, status: Settled["status"], reason: string, error: ExecutionError): void {
    this.#floor.tally.ended(held, status);
    this.#floor.room.settle(held.id, {
      kind: "settled",
      execution: settledWithout(held, status, reason, error),
    });
    this.#floor.logs.touch(held.id);
    if (held.kind === "build") this.#buildEnded(held, status, error);
  }

  #buildEnded({ id, project }: Held, status: string, error: ExecutionError | null): void {
    const { ports, buildEnded, news } = this.#floor;
    // What follows from a build is written by the feature that owns versions: whoever follows hears of it then.
    ports.background(buildEnded({ execution: id, project, status, error }).then(() => news.touch(project)));
  }

  #facts(held: Held) {
    const { mode, retry, retriesUsed, losses, createdAt, cancelRequested, mayRedeliver, consumed } = held;
    return {
      mode,
      retry,
      retriesUsed,
      losses,
      createdAt,
      cancelRequested,
      begun: isBegun(held),
      mayBeginAgain: onLostOf(held) === "retry",
      poison: isPoison(held.suspicion),
      final: consumed,
      mayRedeliver: (mayRedeliver || mode === "async") && !consumed,
    };
  }
}

/** What is kept of an attempt that another one follows. */
function overOf(
  { attempt, acknowledgedAt }: Held,
  { reason, error }: Pick<Requeue, "reason" | "error">,
  endedAt: number,
): Requeue["over"] {
  const told = error && { code: error.code, message: error.message.slice(0, keptMessage) };
  return { attempt, startedAt: acknowledgedAt, endedAt, reason, error: told };
}

function whyAgain(held: Held, { retriesUsed, losses }: Pick<Requeue, "retriesUsed" | "losses">) {
  if (retriesUsed > held.retriesUsed) return "retry";
  return losses > held.losses ? "loss" : "unacknowledged";
}

function randomOf(bytes: Uint8Array): number {
  return (((bytes[0] ?? 0) << 16) | ((bytes[1] ?? 0) << 8) | (bytes[2] ?? 0)) / 2 ** 24;
}
