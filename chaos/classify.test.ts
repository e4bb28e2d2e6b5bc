import { describe, expect, it } from "vitest";
import { classify, type FinalRow } from "./classify.ts";
import type { Effect } from "./effects.ts";
import type { Submission } from "./workload.ts";

const sent = (change: Partial<Submission> = {}): Submission => ({
  ...{ tag: "t0", function: "work", key: null, ids: ["e0"], unanswered: 0, refused: 0 },
  ...change,
});
const row = (change: Partial<FinalRow> = {}): FinalRow => ({
  ...{ id: "e0", status: "succeeded", reason: null, attempt: 1, retriesUsed: 0, losses: 0, redeliveries: 0 },
  ...{ endedAt: 9, isTerminal: true },
  ...change,
});
const ran = (attempt: number, from: number, to: number | null, execution = "e0"): Effect[] => {
  const effect = { tag: "t0", execution, attempt };
  const start = { ...effect, what: "start" as const, at: BigInt(from) };
  return to === null ? [start] : [start, { ...effect, what: "end", at: BigInt(to) }];
};
const look = (
  submission: Submission,
  rows: FinalRow[],
  effects: Effect[],
  sightings: Parameters<typeof classify>[0]["sightings"] = [],
) =>
  classify({
    submissions: [submission],
    effects,
    rows: new Map(rows.map((one) => [one.id, one])),
    sightings,
  });

describe("what a storm left", () => {
  it("is ok when work that was accepted ran once and ended", () => {
    expect(look(sent(), [row()], ran(1, 1, 2))).toMatchObject({
      ok: 1,
      lost: 0,
      unexpected: 0,
      findings: [],
    });
  });

  it("counts a second attempt with a recorded cause as duplicated", () => {
    const effects = [...ran(1, 1, null), ...ran(2, 5, 6)];
    expect(look(sent(), [row({ attempt: 2, losses: 1 })], effects)).toMatchObject({
      duplicated: 1,
      unexpected: 0,
    });
  });

  it("counts what a caller heard nothing of as recovered when it ran, else as unknown", () => {
    expect(look(sent({ ids: [], unanswered: 1 }), [row()], ran(1, 1, 2))).toMatchObject({ recovered: 1 });
    expect(look(sent({ ids: [], unanswered: 1 }), [], [])).toMatchObject({ unknown: 1, lost: 0 });
  });

  it("counts work that lost too many runners as given up", () => {
    const dead = row({ status: "dead", reason: "infrastructure", attempt: 4, losses: 3 });
    expect(look(sent(), [dead], [])).toMatchObject({ givenUp: 1, unexpected: 0 });
  });

  it.each([
    ["accepted and missing", sent(), [], [], { lost: 1 }],
    ["not over", sent(), [row({ status: "queued", isTerminal: false })], [], { lost: 1 }],
    ["said to have succeeded, and never ran", sent(), [row()], [], { unexpected: 1 }],
    [
      "begun twice without a cause",
      sent(),
      [row()],
      [...ran(1, 1, null), ...ran(1, 5, 6)],
      { unexpected: 1 },
    ],
    [
      "at-most-once and begun twice",
      sent({ function: "once" }),
      [row({ attempt: 2, losses: 1 })],
      [...ran(1, 1, null), ...ran(2, 5, 6)],
      { unexpected: 1 },
    ],
    [
      "run twice at the same time",
      sent(),
      [row({ attempt: 2, losses: 1 })],
      [...ran(1, 1, 9), ...ran(2, 5, 12)],
      { unexpected: 1 },
    ],
    [
      "failed for no reason",
      sent(),
      [row({ status: "failed", reason: "function_error" })],
      [],
      { unexpected: 1 },
    ],
    [
      "two executions of one key",
      sent({ key: "k", ids: ["e0", "e1"] }),
      [row(), row({ id: "e1" })],
      [...ran(1, 1, 2), ...ran(1, 1, 2, "e1")],
      { unexpected: 1 },
    ],
    [
      "run as one that no answer named",
      sent(),
      [row(), row({ id: "e1" })],
      [...ran(1, 1, 2), ...ran(1, 3, 4, "e1")],
      { unexpected: 1 },
    ],
    ["a row of nobody", sent(), [row(), row({ id: "e9" })], ran(1, 1, 2), { unexpected: 1 }],
    [
      "an attempt that was not counted",
      sent(),
      [row({ attempt: 3, losses: 1 })],
      ran(3, 1, 2),
      { unexpected: 1 },
    ],
  ] as const)("sees work that is %s", (_name, submission, rows, effects, expected) => {
    expect(look(submission, [...rows], [...effects])).toMatchObject({ ok: expect.any(Number), ...expected });
  });

  it("sees an end that changed or went away after somebody had seen it", () => {
    const sighting = { id: "e0", status: "failed", attempt: 1, endedAt: 5 };
    expect(look(sent(), [row()], ran(1, 1, 2), [sighting])).toMatchObject({ unexpected: 1 });
    expect(look(sent({ ids: [], unanswered: 1 }), [], [], [sighting])).toMatchObject({ lost: 1 });
  });
});
