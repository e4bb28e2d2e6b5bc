import { ProblemError } from "@pulse/schema/problem";
import { leaseNumbers } from "@pulse/schema/wire/runner-protocol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { RenewalBoard } from "./board.ts";
import type { FromThread } from "./messages.ts";
import { retryRenewalMs } from "./pace.ts";
import { type Leases, type RenewalLine, Renewals } from "./renewals.ts";

const { renewEveryMs, renewTimeoutMs, selfFenceMs } = leaseNumbers;
const ok: Leases = { leases: [{ execution: "exe_1", fence: 1, status: "ok" }] };

/** A gateway on the fake clock. What is asked while `isAway` is never answered, as when packets vanish. */
class Away {
  isAway = false;
  /** What it refuses with; null: it answers. */
  refuses: ProblemError | null = null;
  readonly asked: { at: number; token: string; line: number }[] = [];
  #lines = 0;
  readonly #from = new RenewalBoard().now();

  readonly connect = (): RenewalLine => {
    const line = ++this.#lines;
    return {
      renew: (_running, _epoch, token, signal) => {
        this.asked.push({ at: new RenewalBoard().now() - this.#from, token, line });
        if (this.isAway) {
          return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        }
        return this.refuses === null ? Promise.resolve(ok) : Promise.reject(this.refuses);
      },
      close: () => undefined,
    };
  };

  /** When it was asked, in ms to the nearest ten. */
  times(): number[] {
    return this.asked.map(({ at }) => Math.round(at / 10) * 10);
  }
}

let gateway: Away;
let board: RenewalBoard;
let told: FromThread[];
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "hrtime"] });
  gateway = new Away();
  board = new RenewalBoard();
  board.selfFenceMs = selfFenceMs;
  board.heard(new RenewalBoard().now());
  board.put({ execution: "exe_1", fence: 1 }, false);
  told = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function start(): Renewals {
  const renewals = new Renewals({
    ...{ board, connect: gateway.connect, everyMs: renewEveryMs, timeoutMs: renewTimeoutMs },
    ...{ tell: (message) => told.push(message), endSandboxes: () => undefined },
  });
  renewals.token = "at-1";
  return renewals;
}

describe("renewals", () => {
  test("are sent every 5 s while they are answered", async () => {
    start();
    await vi.advanceTimersByTimeAsync(21_000);
    expect(gateway.times()).toEqual([5000, 10_000, 15_000, 20_000]);
  });

  test("a lease that has run out over nothing is looked at every few seconds, not all the time", async () => {
    start();
    board.clear(0);
    await vi.advanceTimersByTimeAsync(selfFenceMs + renewEveryMs);
    const timers = vi.spyOn(globalThis, "setTimeout");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(board.leftMs()).toBeLessThan(0);
    expect(timers.mock.calls.length).toBeLessThan(10);
  });

  test("after one without an answer the next is sent at once over a fresh connection, and then each second", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    start();
    await vi.advanceTimersByTimeAsync(5500);
    gateway.isAway = true;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(gateway.times()).toEqual([5000, 10_000, 14_000, 19_000, 24_000]);
    expect(gateway.asked.map(({ line }) => line)).toEqual([1, 1, 2, 3, 4]);
  });

  test("a gateway that refuses connections is tried once a second", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    gateway.refuses = new ProblemError("unavailable", "refused", { members: { unreachable: true } });
    start();
    await vi.advanceTimersByTimeAsync(8100);
    expect(gateway.times()).toEqual([5000, 5000, 6000, 7000, 8000]);
  });

  test("a refused token is told, and its successor is used as soon as it is there", async () => {
    gateway.refuses = new ProblemError("expired_credential", "too old");
    const renewals = start();
    await vi.advanceTimersByTimeAsync(5050);
    expect(told).toContainEqual({ refusedToken: "at-1" });
    gateway.refuses = null;
    renewals.token = "at-2";
    await vi.advanceTimersByTimeAsync(0);
    expect(gateway.asked.at(-1)?.token).toBe("at-2");
    expect(gateway.times().at(-1)).toBe(5050);
  });

  test("what is asked for while one is under way is done after it", async () => {
    const renewals = start();
    gateway.isAway = true;
    renewals.now();
    renewals.now();
    gateway.isAway = false;
    await vi.advanceTimersByTimeAsync(renewTimeoutMs + 5);
    expect(gateway.times()).toEqual([0, renewTimeoutMs]);
  });

  test.each([0, 900, 1700, 2500, 3300, 4100, 4900])(
    "a cut of 45 s that begins %i ms after a renewal costs nothing: the lease is renewed within 6 s after it",
    async (afterMs) => {
      vi.spyOn(Math, "random").mockReturnValue(1);
      start();
      await vi.advanceTimersByTimeAsync(renewEveryMs + afterMs);
      gateway.isAway = true;
      await vi.advanceTimersByTimeAsync(45_000);
      gateway.isAway = false;
      await vi.advanceTimersByTimeAsync(6000);
      expect(told).toEqual([]);
      expect(board.leftMs()).toBeGreaterThan(selfFenceMs - 6000);
    },
  );

  test("a lease that runs out while a renewal waits is fenced on time", async () => {
    gateway.isAway = true;
    start();
    await vi.advanceTimersByTimeAsync(selfFenceMs - 100);
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(told).toEqual([{ expired: true }]);
    expect(board.list()).toEqual([]);
  });
});

describe("the pause after a failed renewal", () => {
  const busy = new ProblemError("unavailable", "busy", { retryAfter: 3 });
  test.each([
    ["none after the first failure", 1, null, 5000, 0.5, 0],
    ["a second after others", 2, null, 5000, 0.5, 1000],
    ["the same however many there were", 40, null, 5000, 0.5, 1000],
    ["a quarter less", 2, null, 5000, 0, 750],
    ["a quarter more", 2, null, 5000, 1, 1250],
    ["what the gateway asks for", 1, busy, 5000, 0.5, 3000],
    ["never more than between renewals", 2, busy, 2000, 0.5, 2000],
  ] as const)("is %s", (_, failures, error, everyMs, random, expected) => {
    expect(retryRenewalMs(failures, error, everyMs, random)).toBe(expected);
  });
});
