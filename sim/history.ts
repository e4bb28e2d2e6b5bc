import { isTerminal } from "@pulse/schema/status";
import { transitions } from "@pulse/schema/transitions";
import type { Ledger } from "./ledger.ts";

/** A row as a change left it. */
export interface Change {
  execution: string;
  delivery: string;
  capKey: string | null;
  status: string;
  fence: number;
  attempt: number;
  retriesUsed: number;
  losses: number;
  redeliveries: number;
  cancelRequested: boolean;
  runner: string | null;
}

const known = new Set(transitions.map(({ from, to }) => `${from} ${to}`));
const isHeld = (status: string) => status === "offered" || status === "running";

/** Every row as it is now, and what may never happen to one. */
export class History {
  readonly rows = new Map<string, Change>();
  /** The attempt and the time of each hand-out, `execution.fence`. */
  readonly handedOut = new Map<string, { attempt: number; at: number }>();
  readonly #caps: ReadonlyMap<string, number>;
  readonly #active = new Map<string, number>();
  readonly #effects: Ledger["effects"];
  readonly #violate: (check: string, detail: string) => void;
  readonly #count: (what: string) => void;

  constructor(caps: ReadonlyMap<string, number>, ledger: Pick<Ledger, "violate" | "count" | "effects">) {
    this.#caps = caps;
    this.#violate = ledger.violate;
    this.#effects = ledger.effects;
    this.#count = (what) => ledger.count(what);
  }

  /** Hears of a change at the time it was made. */
  take(change: Change, at: number): void {
    const before = this.rows.get(change.execution);
    this.rows.set(change.execution, change);
    if (change.status === "offered" && before?.status !== "offered") {
      this.handedOut.set(`${change.execution}.${change.fence}`, { attempt: change.attempt, at });
    }
    if (before !== undefined) this.#compare(before, change);
    const wasHeld = before !== undefined && isHeld(before.status);
    if (change.capKey !== null && wasHeld !== isHeld(change.status)) {
      const active = (this.#active.get(change.capKey) ?? 0) + (wasHeld ? -1 : 1);
      this.#active.set(change.capKey, active);
      const most = this.#caps.get(change.capKey);
      if (most !== undefined && active > most) this.#judgeCap(change.capKey, most);
    }
  }

  /** What ended on its runner, and whose end the database refused to take yet, runs no longer. */
  #judgeCap(key: string, most: number): void {
    const ended = new Set(
      this.#effects.flatMap(({ execution, fence, endedAt }) =>
        endedAt === null ? [] : [`${execution}.${fence}`],
      ),
    );
    const running = [...this.rows.values()].filter(
      ({ capKey, status, execution, fence }) =>
        capKey === key && isHeld(status) && !ended.has(`${execution}.${fence}`),
    );
    if (running.length > most) {
      this.#violate("caps", `${running.length} of ${key} are held, its cap is ${most}`);
    }
  }

  #compare(before: Change, after: Change): void {
    const { execution: id, status } = after;
    const step = `${before.status} ${status}`;
    const say = (check: string, what: string) =>
      this.#violate(check, `${id} ${step} (fence ${before.fence} -> ${after.fence}): ${what}`);
    if (isTerminal(before.status)) say("one terminal state", "it was over already");
    else if (before.status !== status && !known.has(step)) say("one terminal state", "no such transition");
    if (after.fence < before.fence) say("fences rise", "the fence fell");
    const isClaimed = before.status !== "offered" && status === "offered";
    if (isClaimed && after.fence !== before.fence + 1)
      say("fences rise", "a hand-out raises the fence by one");
    if (!isClaimed && after.fence !== before.fence) say("fences rise", "only a hand-out raises the fence");
    if (isClaimed && before.cancelRequested)
      say("cancel is final", "it was cancelled, and is handed out again");
    if (after.attempt < before.attempt || after.attempt > before.attempt + 1) {
      say("attempts", `attempt ${before.attempt} is followed by ${after.attempt}`);
    }
    const grown =
      after.retriesUsed -
      before.retriesUsed +
      (after.losses - before.losses) +
      (after.redeliveries - before.redeliveries);
    if (after.retriesUsed > before.retriesUsed) this.#count("retries");
    if (after.losses > before.losses) this.#count("losses");
    if (after.redeliveries > before.redeliveries) this.#count("redeliveries");
    if (isClaimed) this.#count("hand-outs from the queue");
    if (isTerminal(status) && status !== before.status) this.#count(`ended ${status}`);
    const isRequeued = isHeld(before.status) && status === "queued";
    if (grown < 0 || grown > 1 || (grown > 0 && !isRequeued)) {
      say("retry counters", `retries, losses and redeliveries grew by ${grown} together`);
    }
  }
}
