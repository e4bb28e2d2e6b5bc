import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { evaluate } from "./evaluate.ts";
import { parseExpression } from "./parse-expression.ts";

const results = [
  { target: "web-1", status: "succeeded", exitCode: 0, stdout: "4\n", durationMs: 120 },
  { target: "web-2", status: "failed", exitCode: 2, stdout: "8\nE: broken\n", durationMs: 340 },
  { target: "web-3", status: "succeeded", exitCode: 0, stdout: "", durationMs: 90 },
];

// What a run of a few steps looks like, and values of every type.
const context = {
  inputs: {
    tier: "web",
    reboot: true,
    count: 3,
    empty: "",
    list: ["a", "b"],
    none: null,
    ref: "v1.2.3",
    "odd name": 7,
  },
  steps: {
    pending: { status: "succeeded", outputs: { total: 12 }, results },
    gate: { status: "skipped", response: null, form: { ticket: "OPS-7", batch: 2 } },
  },
  vars: {
    n: -7.5,
    big: 9007199254740991,
    text: "Ünïcode 🚀 text",
    zero: 0,
    deep: { a: { b: { c: [1, [2, [3]]] } } },
  },
  promptResponse: "Yes",
  numbers: [5, 3, 10, 1, 25],
  words: ["pear", "Apple", "fig", "apple"],
  mixed: [3, "x", null, true, [1, 2], { k: "v" }, "10"],
};

const cases = readFileSync(new URL("agreement.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));

function inJavaScript(text: string): unknown {
  const run = new Function(...Object.keys(context), `"use strict"; return (${text}\n);`);
  try {
    return run(...Object.values(structuredClone(context)));
  } catch {
    return "throws";
  }
}

function inPulse(text: string): unknown {
  const parsed = parseExpression(text, { names: Object.keys(context) });
  if (!parsed.ok) return parsed.problems;
  const result = evaluate(parsed.expression, context, { now: 0 });
  return result.ok ? result.value : "throws";
}

test("the table has more than 200 expressions, each once", () => {
  expect(new Set(cases).size).toBe(cases.length);
  expect(cases.length).toBeGreaterThan(200);
});

test.each(cases)("%s means what it means in JavaScript", (text) => {
  expect(inPulse(text)).toStrictEqual(inJavaScript(text));
});
