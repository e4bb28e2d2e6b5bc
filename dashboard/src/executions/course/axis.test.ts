import { expect, test } from "vitest";
import { axisOf } from "./axis.ts";

const hourMs = 3_600_000;
const done = (fromMs: number, toMs: number) => ({ fromMs, toMs, isIdle: false });
const idle = (fromMs: number, toMs: number | null) => ({ fromMs, toMs, isIdle: true });

test("without idle time places are in proportion", () => {
  const axis = axisOf([done(1000, 1050), done(1050, 1200)], 5000);
  expect(axis.gaps).toEqual([]);
  expect([900, 1000, 1050, 1200, 1300].map(axis.place)).toEqual([0, 0, 25, 100, 100]);
});

test("hours between two stretches are a gap of a fixed width, and the rest keeps its proportion", () => {
  const axis = axisOf([done(0, 3000), done(3000 + hourMs, 4000 + hourMs)], 0);
  expect(axis.gaps).toEqual([{ fromMs: 3000, toMs: 3000 + hourMs, fromPercent: 69, widthPercent: 8 }]);
  expect(axis.place(3000)).toBeCloseTo(69);
  expect(axis.place(3000 + hourMs / 2)).toBeCloseTo(73);
  expect(axis.place(3000 + hourMs)).toBeCloseTo(77);
  expect(axis.place(4000 + hourMs)).toBeCloseTo(100);
});

test("a wait that is a stretch itself is collapsed where nothing else is done", () => {
  const axis = axisOf([done(0, 1000), idle(500, hourMs), done(hourMs, hourMs + 1000)], 0);
  expect(axis.gaps.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([[1000, hourMs]]);
});

test("idle time that is short, or short against what was done, stays", () => {
  expect(axisOf([idle(0, 999), done(999, 1000)], 0).gaps).toEqual([]);
  expect(axisOf([done(0, 60_000), done(80_000, 140_000)], 0).gaps).toEqual([]);
});

test("many gaps take at most two fifths together", () => {
  const stretches = Array.from({ length: 20 }, (_, at) => done(at * hourMs, at * hourMs + 10));
  const { gaps } = axisOf(stretches, 0);
  expect(gaps.length).toBe(19);
  expect(gaps.reduce((sum, { widthPercent }) => sum + widthPercent, 0)).toBeCloseTo(40);
});

test("what goes on ends now, and nothing at all is a line too", () => {
  expect(axisOf([{ fromMs: 0, toMs: null, isIdle: false }], 800).toMs).toBe(800);
  expect(axisOf([idle(0, null)], hourMs).gaps).toEqual([]);
  expect(axisOf([], 800).place(900)).toBe(0);
});
