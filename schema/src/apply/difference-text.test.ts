import { expect, test } from "vitest";
import { differenceText } from "./difference-text.ts";

test.each([
  [{ path: "timeout", before: "5s", after: "9s" }, '~ timeout: "5s" → "9s"'],
  [{ path: "env.MODE", after: "loud" }, '+ env.MODE: "loud"'],
  [{ path: "steps.1", before: { run: "x" } }, '- steps.1: {"run":"x"}'],
  [{ path: "files.src/index.ts", before: "one", after: "two" }, "~ src/index.ts"],
  [{ path: "files.old.py", before: "one" }, "- old.py"],
  [{ path: "note", after: "x".repeat(80) }, `+ note: "${"x".repeat(59)}…`],
])("a difference is one line: %j", (difference, text) => {
  expect(differenceText(difference)).toBe(text);
});
