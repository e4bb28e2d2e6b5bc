import { expect, test } from "vitest";
import { foldLines } from "./fold-lines.ts";
import { HostLines, type MergedLine, mergeLines } from "./merged-lines.ts";

/** The lines of a log of some texts, a second apart. */
function log(host: number, texts: readonly string[], most = 1000): readonly MergedLine[] {
  const lines = new HostLines(host, `pi-${host}`, () => most);
  const items = texts.map((text, i) => {
    const time = new Date(1000 * (i + 1)).toISOString();
    return { line: i + 1, seq: i + 1, time, stream: "stdout" as const, level: "info", text, runner: null };
  });
  lines.take(items, items.length);
  return lines.lines;
}
const texts = (lines: readonly MergedLine[]) => lines.map(({ host, view }) => `${host} ${view.text}`);

test("a folded group hides the lines of its host that are in it, and no others that stand between", () => {
  const group = ["::group::Install", "a", "b", "::endgroup::", "after"];
  const lines = mergeLines([log(0, group), log(1, ["x", "y", "z"])]);
  const { lines: left, hidden } = foldLines(lines, () => true);
  expect(texts(left)).toEqual(["0 ::group::Install", "1 x", "1 y", "1 z", "0 after"]);
  expect([...hidden.values()]).toEqual([2]);
  expect(foldLines(lines, () => false).lines).toEqual(lines);
});

test("a group that still grows, and one whose head is not kept, hide nothing", () => {
  expect(texts(foldLines(log(0, ["::group::Install", "a"]), () => true).lines)).toEqual([
    "0 ::group::Install",
    "0 a",
  ]);
  const cut = log(0, ["::group::Install", "a", "b", "::endgroup::", "after"], 2);
  expect(texts(foldLines(cut, () => true).lines)).toEqual(["0 b", "0 after"]);
});
