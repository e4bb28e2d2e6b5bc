import { expect, test } from "vitest";
import { type Span, waterfallOf } from "./spans.ts";

const hourMs = 3_600_000;
const span = (id: string, parent: string | null, fromMs: number, toMs: number, isIdle = false): Span => ({
  ...{ id, parent, fromMs, toMs, isIdle, label: { text: id }, note: null, look: "run", href: null },
});
const told = (rows: ReturnType<typeof waterfallOf>["rows"]) =>
  rows.map((row) =>
    row.span === null ? `${row.gap.toMs - row.gap.fromMs} ms` : `${row.depth} ${row.span.id}`,
  );

test("each stands behind what holds it, by begin", () => {
  const { rows } = waterfallOf(
    [span("b", null, 50, 90), span("b1", "b", 70, 90), span("b0", "b", 50, 60), span("a", null, 0, 40)],
    100,
    10,
  );
  expect(told(rows)).toEqual(["0 a", "0 b", "1 b0", "1 b1"]);
});

test("a gap stands before what follows it, and one that still goes on at the end", () => {
  const steps = [span("build", null, 0, 2000), span("ship", null, hourMs, hourMs + 1000)];
  expect(told(waterfallOf(steps, 0, 10).rows)).toEqual(["0 build", `${hourMs - 2000} ms`, "0 ship"]);
  const asked = [span("build", null, 0, 2000), span("ask", null, 2000, hourMs, true)];
  expect(told(waterfallOf(asked, 0, 10).rows)).toEqual(["0 build", "0 ask", `${hourMs - 2000} ms`]);
});

test("what holds others is idle while they are", () => {
  const each = [
    span("each", null, 0, hourMs + 1000),
    span("each[0]", "each", 0, 1000),
    span("each[1]", "each", hourMs, hourMs + 1000),
  ];
  expect(waterfallOf(each, 0, 10).axis.gaps.length).toBe(1);
});

test("at most so many are shown, the others counted; one whose parent is not there stands alone", () => {
  const many = [span("a", "gone", 0, 1), span("b", null, 1, 2), span("c", null, 2, 3)];
  const { rows, left } = waterfallOf(many, 0, 2);
  expect([told(rows), left]).toEqual([["0 a", "0 b"], 1]);
});
