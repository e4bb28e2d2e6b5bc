import type { InputDefinition } from "@pulse/schema/workflow/fields";
import { expect, test } from "vitest";
import { defaultText, readInputs } from "./input-form.ts";

const zones = ["eu", { value: "us", label: "America" }, 3];

const cases: readonly [InputDefinition, string[], unknown][] = [
  [{ type: "string" }, ["web"], "web"],
  [{ type: "integer" }, ["42"], 42],
  [{ type: "number" }, ["many"], "many"],
  [{ type: "boolean" }, ["false"], false],
  [{ type: "choice", options: zones }, ["1"], "us"],
  [{ type: "multichoice", options: zones }, ["0", "2"], ["eu", 3]],
  [{ type: "json" }, ['{"a": [1]}'], { a: [1] }],
  [{ type: "datetime" }, ["2026-12-24T18:30"], new Date(2026, 11, 24, 18, 30).toISOString()],
  [{ type: "target" }, ["web & prod"], "web & prod"],
];

test.each(cases)("%j typed as %j is %j", (input, texts, value) => {
  expect(readInputs({ it: input }, () => texts)).toEqual({ values: { it: value }, notJson: [] });
});

test("what is empty is left out, and what is no JSON is told", () => {
  const inputs: Record<string, InputDefinition> = { empty: { type: "integer" }, broken: { type: "json" } };
  const typed = (name: string) => (name === "broken" ? ["{"] : [" "]);
  expect(readInputs(inputs, typed)).toEqual({ values: {}, notJson: ["broken"] });
});

test("a default stands in its field, of choices the chosen ones", () => {
  expect(defaultText({ type: "multichoice", options: zones, default: ["us", "nowhere"] })).toEqual(["1"]);
  expect(defaultText({ type: "boolean", default: false })).toEqual(["false"]);
  expect(defaultText({ type: "json", default: [1] })).toEqual(["[\n  1\n]"]);
  expect(defaultText({ type: "string" })).toEqual([]);
});
