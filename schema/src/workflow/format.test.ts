import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalText } from "./canonical.ts";
import { definitionField } from "./definition.ts";
import { diffDefinitions } from "./diff-definitions.ts";
import { example, exampleNames } from "./example-definitions.suite.ts";
import { workflowJsonSchema } from "./json-schema.ts";
import { validate } from "./validate.ts";
import { parseYaml, toYaml, validateText } from "./yaml.ts";

const ajv = new Ajv2020({ strict: false });
const design = JSON.parse(readFileSync(new URL("examples/format.schema.json", import.meta.url), "utf8"));
// What was decided after that schema was written: more ways to start, and approvers are names.
const { trigger, duration, step } = design.$defs;
trigger.properties.type.enum.push("schedule");
Object.assign(trigger.properties, { every: duration, at: { type: "string" }, provider: { type: "string" } });
for (const who of ["users", "groups"]) step.properties.approvers.properties[who].items = { type: "string" };
const designed = ajv.compile(design);
const published = new Ajv2020({ strict: false }).compile(workflowJsonSchema());

describe("the published JSON Schema", () => {
  test.each(exampleNames)("accepts the example %s", (name) => {
    expect(published(example(name)), JSON.stringify(published.errors)).toBe(true);
    expect(designed(example(name))).toBe(true);
  });

  /** Every place of a value, as the keys that lead there. */
  function places(value: unknown, path: string[] = []): string[][] {
    if (typeof value !== "object" || value === null) return [path];
    return [path, ...Object.entries(value).flatMap(([key, one]) => places(one, [...path, key]))];
  }

  const odd = fc.constantFrom<unknown>(
    "",
    "x",
    "20m",
    "25%",
    0,
    1,
    -1,
    1.5,
    true,
    null,
    [],
    {},
    ["all"],
    [{}],
    { steps: [] },
  );
  const names = fc.constantFrom(
    "command",
    "then",
    "steps",
    "message",
    "type",
    "zzz",
    "env",
    "targets",
    "timeout",
  );
  const change = fc.record({
    at: fc.nat(),
    how: fc.constantFrom("replace", "remove", "add"),
    odd,
    name: names,
  });

  /** An example with some places changed at random. */
  const changed = fc
    .tuple(fc.constantFrom(...exampleNames), fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([name, changes]) => {
      const root: { value: unknown } = { value: example(name) };
      for (const { at, how, odd: value, name: field } of changes) {
        const all = places(root);
        const path = all[at % all.length] ?? [];
        const parent = path.slice(0, -1).reduce<object>((one, key) => Reflect.get(one, key), root);
        const key = path.at(-1) ?? "value";
        const inside: unknown = Reflect.get(parent, key);
        if (how === "remove" && !Array.isArray(parent) && key !== "value")
          Reflect.deleteProperty(parent, key);
        else if (how === "add" && typeof inside === "object" && inside !== null && !Array.isArray(inside)) {
          Reflect.set(inside, field, structuredClone(value));
        } else Reflect.set(parent, key, structuredClone(value));
      }
      return root.value;
    });

  test("says the same as the declarations it is made of, and as the schema of the design, about any change", () => {
    void fc.assert(
      fc.property(changed, (value) => {
        const verdict = published(value);
        expect(designed(value), JSON.stringify([published.errors, designed.errors])).toBe(verdict);
        const { errors } = validate(value);
        const shape = ["missing", "wrong_type", "unknown_field", "not_allowed", "out_of_range", "bad_format"];
        if (!verdict) expect(errors.some(({ code }) => shape.includes(code))).toBe(true);
        if (!definitionField.safeParse(value).success) expect(verdict).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});

describe("YAML", () => {
  test.each(exampleNames)("the example %s comes back as the same JSON", (name) => {
    const text = toYaml(example(name));
    const read = parseYaml(text);
    expect(read.errors).toEqual([]);
    expect(canonicalText(read.value)).toBe(canonicalText(example(name)));
    expect(validateText(text).plan).toEqual(validate(example(name)).plan);
    expect(parseYaml(JSON.stringify(example(name), null, 2)).value).toEqual(example(name));
  });

  test("any JSON comes back as it was", () => {
    const awkward = fc.constantFrom(
      "yes",
      "on",
      "1e3",
      "0x1f",
      "~",
      "null",
      "- a",
      "a: b",
      "# c",
      " x ",
      "a\n b\n",
      "\t",
      "2026-03-01",
      "<<",
      "=",
      "! x",
      "&a",
      "*a",
      "|",
      "é\u0085\u2028",
    );
    const value = fc.jsonValue({ maxDepth: 4 });
    void fc.assert(
      fc.property(
        fc.oneof(value, awkward, fc.dictionary(fc.oneof(awkward, fc.string()), fc.oneof(value, awkward))),
        (one) => {
          const given: unknown = JSON.parse(JSON.stringify(one));
          if (JSON.stringify(given).includes('"__proto__"')) return;
          const { value: back, errors } = parseYaml(toYaml(given));
          expect([errors, back]).toEqual([[], given]);
        },
      ),
    );
  });

  test("problems have their line and column", () => {
    const text =
      "name: x\nsteps:\n  - name: a\n    type: execute\n    comand: ls\n  - name: b\n    type: wait\n    duration: 1x\n";
    const at = validateText(text).errors.map(({ pointer, position }) => [
      pointer,
      position?.line,
      position?.column,
    ]);
    expect(at).toEqual([
      ["/steps/0/comand", 5, 5],
      ["/steps/1/duration", 8, 5],
      ["/steps/0", 3, 5],
    ]);
  });

  test.each<[string, string, string, number]>([
    ["a key twice", "steps: []\nsteps: []\n", "yaml", 2],
    ["a broken line", "steps:\n  - name: 'a\n", "yaml", 3],
    ["two documents", "steps: []\n---\nsteps: []\n", "yaml", 2],
    ["a tag", "steps: !!js/function 'x'\n", "yaml", 1],
    ["what JSON has no word for", "steps: []\nvars:\n  a: .nan\n", "bad_format", 3],
  ])("%s is refused", (_, text, code, line) => {
    expect(parseYaml(text).errors).toMatchObject([{ code, position: { line } }]);
  });

  test("an alias is a copy, and few of them are followed", () => {
    const step = "steps:\n  - &a { name: one, type: wait, duration: 1 }\n  - *a\n";
    expect(validateText(step).plan?.steps.map(({ id }) => id)).toEqual(["one", "one_2"]);
    const levels = Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`).join(
      "\n",
    );
    expect(parseYaml(`a0: &a0 [x]\n${levels}\n`).errors).toMatchObject([{ code: "too_large" }]);
    const long = `a: &a "${"x".repeat(100_000)}"\nb: [${"*a,".repeat(40)}]\n`;
    expect(parseYaml(long).errors).toMatchObject([{ code: "too_large" }]);
  });

  test("nesting without end is refused, not followed", () => {
    const bombs = ["[", "{", "]", "- ", "? ", ": ", "[]\n", "{a: "].map((part) => part.repeat(200_000));
    for (const bomb of bombs) expect(parseYaml(bomb).errors.length).toBeGreaterThan(0);
    expect(parseYaml(`a: ${"[".repeat(101)}`).errors).toMatchObject([
      { code: "too_deep", position: { line: 1, column: 104 } },
    ]);
  });

  const lines = (count: number, line: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => line(i));
  const indented = (count: number, text: string) => lines(count, (i) => " ".repeat(i) + text).join("\n");
  test.each([
    ["keys", "a:"],
    ["lists", "-"],
  ])("%s may be indented 100 deep, and not deeper", (_, text) => {
    expect(parseYaml(indented(100, text)).errors).toEqual([]);
    // 1,400 levels are within the size of a definition, and more than the stack takes.
    for (const count of [101, 1400]) {
      expect(parseYaml(indented(count, text)).errors).toMatchObject([
        { code: "too_deep", message: "nests deeper than 100 levels", position: { line: 101, column: 101 } },
      ]);
    }
  });

  test("lists that begin in one line count each, and lines of text and of brackets do not", () => {
    const rows = lines(3, (i) => `${" ".repeat(i * 80)}${"- ".repeat(40)}x: 1`).join("\n");
    expect(parseYaml(rows).errors).toMatchObject([{ code: "too_deep", position: { line: 3 } }]);
    const texts = `a: |\n${indented(200, "  x")}\nb:\n${lines(200, (i) => `  k${i}: 1`).join("\n")}`;
    expect(parseYaml(texts).errors).toEqual([]);
    const json = JSON.stringify(JSON.parse("[".repeat(90) + "]".repeat(90)), null, 2);
    expect(parseYaml(json).errors).toEqual([]);
  });
});

describe("canonical text", () => {
  test("does not depend on the order of keys", () => {
    expect(canonicalText({ b: [1, { d: null, c: "ü\n" }], a: undefined })).toBe(
      '{"b":[1,{"c":"ü\\n","d":null}]}',
    );
  });
});

describe("the difference of two definitions", () => {
  const brief = (
    change: (definition: ReturnType<typeof example>) => void,
    name: (typeof exampleNames)[number],
  ) => {
    const after = example(name);
    change(after);
    return diffDefinitions(example(name), after).map(
      ({ kind, pointer, step }) => `${kind} ${pointer} ${step}`,
    );
  };

  test.each(exampleNames)("is nothing between the example %s and itself", (name) => {
    expect(brief(() => {}, name)).toEqual([]);
  });

  test("follows steps by their id, wherever they went", () => {
    expect(brief(({ steps }) => steps.unshift({ id: "new", name: "New", type: "stop" }), "release")).toEqual([
      "added /steps/0 new",
    ]);
    expect(brief(({ steps }) => steps.splice(1, 1), "release")).toEqual(["removed /steps/1 unit"]);
    expect(brief(({ steps }) => steps.push(...steps.splice(0, 1)), "release")).toEqual([
      "moved /steps/6 lint",
    ]);
  });

  test("shows a changed field at its place, and a step inside a step by itself", () => {
    const changes = diffDefinitions(example("release"), {
      ...example("release"),
      description: "x",
      steps: example("release").steps.map((step) => ({
        ...step,
        ...(step.id === "go" ? { timeout: "2d" } : {}),
      })),
    });
    expect(changes).toEqual([
      { pointer: "/description", kind: "added", step: null, after: "x" },
      { pointer: "/steps/3/timeout", kind: "changed", step: "go", before: "1d", after: "2d" },
    ]);
    const nested = brief(({ steps }) => {
      const [roll] = steps[4]?.branches?.[0]?.steps ?? [];
      if (roll !== undefined) roll.command = "other";
    }, "release");
    expect(nested).toEqual(["changed /steps/4/branches/0/steps/0/command roll_app"]);
  });
});
