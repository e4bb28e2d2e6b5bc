import { expect, test } from "vitest";
import { inputOf, readTarget } from "./target-input.ts";

test.each([
  [{ kind: "function", name: "hello", input: " " }, { function: "hello" }],
  [{ kind: "workflow", name: "ship@3", input: "" }, { workflow: "ship@3" }],
  [
    { kind: "function", name: "hello", input: "[1]" },
    { function: "hello", input: [1] },
  ],
  [
    { kind: "workflow", name: "ship", input: '{"to": "prod"}' },
    { workflow: "ship", inputs: { to: "prod" } },
  ],
  [{ kind: "function", name: "hello", input: "{" }, null],
  [{ kind: "workflow", name: "ship", input: "[1]" }, null],
  [{ kind: "workflow", name: "ship", input: "null" }, null],
] as const)("%j is the target %j", (fields, target) => {
  expect(readTarget(fields)).toEqual(target);
});

test("what a target gives is shown as JSON, and nothing where it gives nothing of its own", () => {
  expect(inputOf({ function: "hello" })).toBeNull();
  expect(inputOf({ function: "hello", input: null })).toBe("null");
  expect(inputOf({ workflow: "ship", inputs: { to: "prod" } })).toBe('{\n  "to": "prod"\n}');
});
