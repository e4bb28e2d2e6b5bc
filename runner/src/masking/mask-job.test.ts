import { expect, test } from "vitest";
import type { CapturedLine } from "../work.ts";
import { maskLines, maskOutcome } from "./mask-job.ts";
import { Masker } from "./masker.ts";
import { MaskerShelf } from "./masker-shelf.ts";

const secret = "hunter2-and-more";
const masker = new Masker([secret]);
const part = 32_768;

function shown(given: Partial<CapturedLine>[]): CapturedLine[] {
  const lines: CapturedLine[] = [];
  const mask = maskLines(masker, (line) => lines.push(line));
  for (const one of given) mask.add({ t: 1, s: "stdout", d: "", ...one });
  mask.end();
  return lines;
}

test("lines, their level and their fields are masked", () => {
  const [line] = shown([{ s: "log", l: secret, d: `is ${secret}`, f: { a: [secret] } }]);
  expect(line).toEqual({ t: 1, s: "log", l: "***", d: "is ***", f: { a: ["***"] } });
});

test("a secret that lies across the parts of a long line is hidden, wherever it is cut", () => {
  for (let at = 1; at < secret.length; at++) {
    const text = `${"x".repeat(part - at)}${secret} end`;
    const lines = shown([
      { d: text.slice(0, part) },
      { s: "stderr", d: "meanwhile, elsewhere" },
      { d: text.slice(part) },
      { d: "after" },
    ]);
    expect(
      lines
        .filter(({ s }) => s === "stdout")
        .map(({ d }) => d)
        .join("|"),
    ).toBe(`${"x".repeat(part - at)}|*** end|after`);
  }
});

test("what waited for a part that never came is shown at the end", () => {
  const text = `${"x".repeat(part - 3)}hun`;
  expect(
    shown([{ d: text }])
      .map(({ d }) => d)
      .join(""),
  ).toBe(text);
});

test("an outcome's error is masked in every field, and so is what a build found", () => {
  const error = {
    code: "Error",
    message: `no ${secret}`,
    stack: `Error: ${secret}\n at x`,
    name: secret,
    file: `${secret}.ts`,
    source: "function" as const,
  };
  const built = { deps: null, buildKey: null, kinds: [], schema: { default: secret }, initMs: 1 };
  const outcome = maskOutcome(masker, { error, built });
  expect(JSON.stringify(outcome)).not.toContain(secret);
  expect(outcome.error).toMatchObject({ code: "Error", message: "no ***", stack: "Error: ***\n at x" });
  expect(outcome.built?.schema).toEqual({ default: "***" });
});

test("equal secrets share what hides them; without secrets there is nothing", () => {
  const shelf = new MaskerShelf();
  expect(shelf.of(["a-secret"])).toBe(shelf.of(["a-secret"]));
  expect(shelf.of(["a-secret"])).not.toBe(shelf.of(["another"]));
  expect(shelf.of([])).toBe(null);
});
