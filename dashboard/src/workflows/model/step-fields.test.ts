import { stepTypes } from "@pulse/schema/workflow/step-kinds";
import { takesField } from "@pulse/schema/workflow/step-table";
import { validate } from "@pulse/schema/workflow/validate";
import fc from "fast-check";
import { expect, test } from "vitest";
import { unshared } from "./read-text.ts";
import { fieldsOf, kindFor, newStep, readField, textOfField } from "./step-fields.ts";

test("a form has only fields that its type of step takes, each once", () => {
  for (const type of stepTypes) {
    const { first, more } = fieldsOf(type);
    const names = [...first, ...more].map(({ name }) => name);
    expect(names.filter((name) => !takesField(type, name as never))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  }
});

test("whatever a field holds is shown so that it reads as the same again", () => {
  const kinds = fieldsOf("execute").first.concat(fieldsOf("http").first, fieldsOf("execute").more);
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.jsonValue(), ({ kind }, json) => {
      const value: unknown = unshared(json);
      const shown = kindFor(kind, value);
      const read = readField(shown, textOfField(shown, value));
      const isBlank = typeof value === "string" && value.trim() === "";
      const isTrimmed = typeof value === "string" && value.trim() !== value && shown !== "lines";
      if (!isBlank && !(isTrimmed && shown !== "value") && !(Array.isArray(value) && value.length === 0))
        expect(read).toEqual({ value });
    }),
  );
});

test("a number that is no whole one is shown as a value of its own", () => {
  expect([0.5, -3, 1e30, -0, 90].map((one) => kindFor("span", one))).toEqual([
    "value",
    "value",
    "value",
    "value",
    "span",
  ]);
});

test.each([
  ["span", "1500", { value: 1500 }],
  ["span", "20m", { value: "20m" }],
  ["names", "web, !old ,", { value: ["web", "!old"] }],
  ["lines", "a\nb\n", { value: "a\nb\n" }],
  ["value", "a: 1", { value: { a: 1 } }],
  ["line", " ", { value: undefined }],
] as const)("%s %j is %j", (kind, text, read) => {
  expect(readField(kind, text)).toEqual(read);
});

test("what is no YAML is said to be none", () => {
  expect(readField("value", "a: [")).toEqual({ wrong: expect.any(String) });
});

test("a new step needs at most to be filled in: nothing about its shape is wrong", () => {
  for (const type of stepTypes) {
    const { errors } = validate({ steps: [newStep(type, "New")] });
    expect(errors.filter(({ code }) => code === "missing" || code === "wrong_type")).toEqual([]);
  }
});
