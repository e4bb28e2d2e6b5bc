import { expect, test } from "vitest";
import { type FormField, fieldsOf, fieldText, readObject, withFieldText } from "./schema-form.ts";

/** As the Python runtime tells `main(name: str, times: int = 2, loud: bool | None = None, size: Literal["s", "l"] = "s", tags: list[str] = [])`. */
const schema = {
  type: "object",
  properties: {
    name: { type: "string", description: "who is greeted" },
    times: { type: "integer", default: 2 },
    loud: { anyOf: [{ type: "boolean" }, { type: "null" }], default: null },
    size: { enum: ["s", "l"], default: "s" },
    tags: { type: "array", items: { type: "string" }, default: [] },
  },
  required: ["name"],
  additionalProperties: false,
};
const field = (name: string): FormField => {
  const found = fieldsOf(schema)?.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no field ${name}`);
  return found;
};

test("every input of the schema is a field of its kind, required where it has no default", () => {
  expect(fieldsOf(schema)?.map(({ name, kind, isRequired }) => [name, kind, isRequired])).toEqual([
    ["name", "text", true],
    ["times", "number", false],
    ["loud", "boolean", false],
    ["size", "choice", false],
    ["tags", "json", false],
  ]);
  expect(field("name").description).toBe("who is greeted");
  expect(field("times").defaultText).toBe("2");
});

test.each([
  [{ type: "string", const: "x" }, "choice", ["x"]],
  [{ anyOf: [{ const: "a" }, { type: "string", enum: ["b", "c"] }] }, "choice", ["a", "b", "c"]],
  [{ anyOf: [{ const: 1 }, { type: "null" }] }, "choice", [1]],
  [{ anyOf: [{ const: "a" }, { type: "number" }] }, "json", []],
  [{ anyOf: [] }, "json", []],
])("what zod says of a literal or a union, %j, is a %s of %j", (shape, kind, options) => {
  expect(fieldsOf({ properties: { one: shape } })).toMatchObject([{ kind, options }]);
});

test.each([[null], [{ type: "object" }], [{ properties: {} }], ["text"]])("%j has no fields", (given) => {
  expect(fieldsOf(given)).toBeNull();
});

test.each([
  ["", {}],
  ['{"a":1}', { a: 1 }],
  ["[1]", null],
  ["{", null],
])("the body %j is the object %j", (body, object) => {
  expect(readObject(body)).toEqual(object);
});

test.each([
  ["name", "Ana", "Ana"],
  ["times", "3", 3],
  ["times", "three", "three"],
  ["loud", "false", false],
  ["size", "1", "l"],
  ["tags", '["a"]', ["a"]],
])("what is typed into %s as %j is the value %j, and is shown as it was typed", (name, text, value) => {
  const body = withFieldText({ other: 1 }, field(name), text);
  expect(JSON.parse(body ?? "")).toEqual({ other: 1, [name]: value });
  const again = readObject(body ?? "") ?? {};
  expect(withFieldText(again, field(name), fieldText(field(name), again))).toBe(body);
});

test("an emptied field is left out, and what is not JSON changes nothing", () => {
  expect(withFieldText({ name: "Ana", times: 2 }, field("times"), " ")).toBe('{\n  "name": "Ana"\n}');
  expect(withFieldText({}, field("tags"), "[")).toBeNull();
});

test("an input keeps its place when it changes", () => {
  expect(Object.keys(JSON.parse(withFieldText({ name: "a", times: 1 }, field("name"), "b") ?? ""))).toEqual([
    "name",
    "times",
  ]);
});
