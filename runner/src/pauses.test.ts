import { ProblemError } from "@pulse/schema/problem";
import { describe, expect, test } from "vitest";
import { Pauses } from "./pauses.ts";

const away = new ProblemError("unavailable", "away", { members: { unreachable: true } });
const busy = new ProblemError("unavailable", "busy", { retryAfter: 3600 });
/** The pause of this many failures is up to 30 s long. */
const many = 20;

describe("a pause before a call is tried again", () => {
  test("ends when the gateway, which was out of reach, answers another call", async () => {
    const pauses = new Pauses();
    const begunAt = performance.now();
    // Each for up to 30 s by chance: the longest of so many would be near that.
    const all = Array.from({ length: 30 }, () => pauses.after(many, away, new AbortController().signal));
    pauses.answered();
    await Promise.all(all);
    expect(performance.now() - begunAt).toBeLessThan(10_000);
  });

  test("lasts as long as the gateway asked for, whatever other calls are answered", async () => {
    const pauses = new Pauses();
    const ended = new AbortController();
    let isOver = false;
    const pause = pauses.after(1, busy, ended.signal).then(() => {
      isOver = true;
    });
    pauses.answered();
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    ended.abort();
    await pause;
  });
});
