import { expect, test } from "vitest";
import { attemptsOf } from "./attempts.ts";

const line = (second: number, attempt: number | undefined, runner: string | null) => ({
  time: `2026-01-31T09:00:0${second}.000Z`,
  runner,
  ...(attempt === undefined ? {} : { attempt }),
});
const at = (second: number) => Date.parse(line(second, 1, null).time);

test("each attempt has its first and last line, its place and its runner", () => {
  const lines = [line(1, undefined, "pi-1"), line(2, 1, "pi-1"), line(5, 3, "pi-2"), line(7, 3, "pi-2")];
  expect(attemptsOf(lines)).toEqual([
    { attempt: 1, runner: "pi-1", line: 1, firstMs: at(1), lastMs: at(2) },
    { attempt: 3, runner: "pi-2", line: 3, firstMs: at(5), lastMs: at(7) },
  ]);
  expect(attemptsOf([])).toEqual([]);
});
