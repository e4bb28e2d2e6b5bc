import type { Outcome } from "@pulse/schema/wire/job";
import type { OnLost } from "@pulse/schema/wire/manifest";

/** One start of user code, as the world outside of Pulse saw it. */
export interface Effect {
  execution: string;
  fence: number;
  attempt: number;
  delivery: string;
  runner: string;
  /** Which process of that runner. */
  process: number;
  startedAt: number;
  /** Null while it goes on. */
  endedAt: number | null;
  /** Its host was frozen while it ran, or another process took its runner's place. */
  isExcused: boolean;
}

/** What a caller asked for. */
export interface Asked {
  /** The ids that this request may have become: one for each try. */
  ids: string[];
  mode: "sync" | "async";
  idempotencyKey: string | null;
  retryAttempts: number;
  capKey: string | null;
  delivery: "atLeastOnce" | "atMostOnce";
  onLost: OnLost;
}

/** What was said to the outside, and what happened there. Nothing in here is read from Pulse's own rows. */
export class Ledger {
  readonly effects: Effect[] = [];
  readonly asked: Asked[] = [];
  /** Executions that a caller was told of: accepted, settled or streaming. */
  readonly accepted = new Map<string, Asked>();
  /** The terminal states that somebody was told. */
  readonly settled = new Map<string, Set<string>>();
  /** Which execution each idempotency key is, by what callers were told. */
  readonly byKey = new Map<string, Set<string>>();
  /** Outcomes that a runner heard `ok` for. */
  readonly completed: { execution: string; fence: number; outcome: Outcome; at: number }[] = [];
  /** Cancellations that were answered, and with what. */
  readonly cancelled = new Map<string, { status: string; at: number }>();
  /** Fences whose holder was told that its lease stands. */
  readonly leased = new Set<string>();
  /** Sync callers who got an answer, and who were never told anything. */
  answers = 0;
  silences = 0;
  readonly violations: { check: string; detail: string }[] = [];
  readonly counts = new Map<string, number>();

  violate = (check: string, detail: string): void => {
    // The first of each kind says the most; thousands of the same would drown it.
    if (this.violations.filter((one) => one.check === check).length < 5)
      this.violations.push({ check, detail });
  };

  count(what: string, by = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + by);
  }

  tell(id: string, asked: Asked): void {
    this.accepted.set(id, asked);
    const { idempotencyKey } = asked;
    if (idempotencyKey === null) return;
    const ids = this.byKey.get(idempotencyKey) ?? new Set<string>();
    ids.add(id);
    this.byKey.set(idempotencyKey, ids);
    if (ids.size > 1) this.violate("idempotency", `key ${idempotencyKey} is ${[...ids].join(" and ")}`);
  }

  tellSettled(id: string, status: string): void {
    const told = this.settled.get(id) ?? new Set<string>();
    told.add(status);
    this.settled.set(id, told);
    if (told.size > 1) this.violate("one terminal state", `${id} was said to be ${[...told].join(" and ")}`);
  }
}
