import { expect, test } from "vitest";
import { HostLines, keptOf, type MergedLine, mergeLines, placesOf } from "./merged-lines.ts";

const most = 1000;
const hostLines = (host: number, runner: string) => new HostLines(host, runner, () => most);

function line(number: number, second: number, text: string, attempt?: number) {
  const time = new Date(second * 1000).toISOString();
  const one = { line: number, seq: number, time, stream: "stdout" as const, level: "info", text };
  return { ...one, runner: null, ...(attempt === undefined ? {} : { attempt }) };
}

const told = (lines: readonly MergedLine[]) =>
  lines.map(({ number, view }) => `${view.runner} ${number} ${view.text}`);

test("lines of several logs stand in the order of time, each log's in its own", () => {
  const [one, other] = [hostLines(0, "pi-1"), hostLines(1, "pi-2")];
  // The clock of pi-1 was set back before its third line.
  one.take([line(1, 10, "a"), line(2, 30, "b"), line(3, 20, "c")], 3);
  other.take([line(1, 10, "x"), line(2, 25, "y"), line(3, 31, "z")], 3);
  const merged = mergeLines([other.lines, one.lines]);
  expect(told(merged)).toEqual(["pi-1 1 a", "pi-2 1 x", "pi-2 2 y", "pi-1 2 b", "pi-1 3 c", "pi-2 3 z"]);
});

test("the last lines are asked for at first, and then what follows", () => {
  const log = hostLines(0, "pi-1");
  expect(log.next).toBe(-most);
  expect(log.take([line(501, 1, "a"), line(502, 2, "b")], 503)).toBe(true);
  expect([log.next, log.left]).toEqual([503, 500]);
  expect(log.take([line(503, 3, "c")], 503)).toBe(false);
  expect(log.take([], 503)).toBe(false);
  expect(log.next).toBe(504);
});

test("an empty log is asked from its first line on", () => {
  const log = hostLines(0, "pi-1");
  expect(log.take([], 0)).toBe(false);
  expect([log.next, log.left]).toEqual([1, 0]);
});

test("of a log that goes on the oldest lines are let go, and counted", () => {
  const log = hostLines(0, "pi-1");
  const all = Array.from({ length: most + 7 }, (_, i) => line(i + 1, i, `${i}`));
  log.take(all.slice(0, most), most);
  expect(log.left).toBe(0);
  log.take(all.slice(most), most + 7);
  expect([log.lines.length, log.left, log.lines.at(-1)?.number]).toEqual([...[most, 7, most + 7]]);
});

test("a group begins with its head and ends at its end, at the next head, or with the log; the attempt that begins is said", () => {
  const log = hostLines(0, "pi-1");
  const first = [line(1, 1, "::group::Install"), line(2, 2, "a"), line(3, 3, "::endgroup::")];
  log.take([...first, line(4, 4, "b", 2), line(5, 5, "::group::Test", 2), line(6, 6, "c", 2)], 6);
  const [install, a, b, tests, c] = log.lines;
  expect(log.lines.map(({ view, attempt, isHead }) => [view.text, attempt, isHead])).toEqual([
    ...[["::group::Install", undefined, true] as const, ["a", undefined, false] as const],
    ...[
      ["b", 2, false] as const,
      ["::group::Test", undefined, true] as const,
      ["c", undefined, false] as const,
    ],
  ]);
  expect([a?.group === install?.group, b?.group, c?.group === tests?.group]).toEqual([true, undefined, true]);
  expect([install?.group?.isClosed, tests?.group?.isClosed]).toEqual([true, false]);
  log.end();
  expect(tests?.group?.isClosed).toBe(true);
});

test("of very many logs fewer lines of each are kept", () => {
  expect([1, 50, 120, 200].map(keptOf)).toEqual([1000, 1000, 416, 250]);
});

test("text is found whatever its case, and not in what a terminal obeys", () => {
  const log = hostLines(0, "pi-1");
  log.take([line(1, 1, "Load \u001b[31mfai\u001b[0mled"), line(2, 2, "31m"), line(3, 3, "FAILED")], 3);
  expect(placesOf(log.lines, "failed")).toEqual([1, 3]);
  expect(placesOf(log.lines, "31m")).toEqual([2]);
  expect(placesOf(log.lines, "")).toEqual([]);
});
