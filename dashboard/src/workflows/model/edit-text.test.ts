import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyDefinition, anyWish, editOf } from "./definitions.suite.ts";
import { editText } from "./edit-text.ts";
import type { Edit } from "./edits.ts";
import { type GoodText, readText, writeText } from "./read-text.ts";

function good(text: string): GoodText {
  const { good: read, bad } = readText(text);
  if (read === null) throw new Error(`${bad.line}: ${bad.message}\n${text}`);
  return read;
}
const edited = (text: string, ...edits: Edit[]) =>
  edits.reduce((now, edit) => editText(good(now), edit).text, text);

const written = `# Patches what is ours
description: Patches # weekly
steps:
  # first of all
  - name: Update
    type: execute # on all
    targets: [all]
    command: apt-get update

  # a person says so
  - { name: Ask, type: prompt, message: "Go on?" }
  - name: Patch
    type: execute
    targets: [web]
    command: |
      apt-get upgrade
      reboot

# the end
`;

test("any edits in any order say the same in YAML and in JSON", () => {
  fc.assert(
    fc.property(anyDefinition, fc.array(anyWish, { maxLength: 8 }), (definition, wishes) => {
      let yaml = writeText(definition, false);
      let json = writeText(definition, true);
      expect(good(yaml).definition).toEqual(definition);
      for (const wish of wishes) {
        const edit = editOf(good(json).definition, wish);
        const inYaml = editText(good(yaml), edit);
        const inJson = editText(good(json), edit);
        expect(inYaml.at).toEqual(inJson.at);
        yaml = inYaml.text;
        json = inJson.text;
        expect(good(yaml).definition).toEqual(good(json).definition);
      }
    }),
    { numRuns: 60 },
  );
});

const wish = { which: 0, to: 0, at: 0, value: undefined };
const around = { name: "Check disk", type: "parallel", branches: [{ name: "one", steps: [] }] };
/** A step is put in, the one with a comment moved into it, and that copied. */
const copiedWithInside = [
  { ...wish, kind: 0, step: around },
  { ...wish, kind: 3, which: 1, to: 1, step: around },
  { ...wish, kind: 2, step: around },
];

/** How many steps have this name, at any depth. */
function named(name: string, value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const own = "name" in value && value.name === name && "type" in value ? 1 : 0;
  return Object.values(value).reduce((sum: number, one) => sum + named(name, one), own);
}

test("no comment is lost or comes twice, whatever is moved, set, copied or put in; one in a copied step comes with it", () => {
  fc.assert(
    fc.property(fc.array(anyWish, { maxLength: 6 }), (wishes) => {
      let text = written;
      for (const wish of wishes) {
        const edit = editOf(good(text).definition, { ...wish, kind: wish.kind === 1 ? 3 : wish.kind });
        text = editText(good(text), edit).text;
      }
      for (const comment of ["Patches what is ours", "weekly"])
        expect(text.split(`# ${comment}`)).toHaveLength(2);
      // A copy has another name and nothing above it; what is in it is as it was.
      const { definition } = good(text);
      for (const [name, comment] of Object.entries({ Update: "first of all", Ask: "a person says so" }))
        expect(text.split(`# ${comment}`), text).toHaveLength(1 + named(name, definition));
    }),
    { numRuns: 100, examples: [[copiedWithInside]] },
  );
});

describe("in YAML", () => {
  test("a change of one field leaves every other line as it is", () => {
    const text = edited(written, { kind: "set", at: ["steps", 0, "command"], value: "apt-get update -q" });
    expect(text).toBe(written.replace("apt-get update", "apt-get update -q"));
  });

  test("a step moves with what stands above it", () => {
    const text = edited(written, { kind: "move", step: ["steps", 0], list: ["steps"], at: 2 });
    expect(text.indexOf("# a person says so")).toBeLessThan(text.indexOf("# first of all"));
    expect(text.indexOf("# first of all")).toBeLessThan(text.indexOf("name: Update"));
    expect(good(text).definition.steps).toMatchObject([
      { name: "Ask" },
      { name: "Update" },
      { name: "Patch" },
    ]);
  });

  test("a copy has a name and ids of its own", () => {
    const text = "steps:\n- id: a\n  name: One\n  type: wait\n  duration: 1s\n";
    const { text: twice, at } = editText(good(text), { kind: "duplicate", step: ["steps", 0] });
    expect(twice).toBe(`${text}- id: a_2\n  name: One 2\n  type: wait\n  duration: 1s\n`);
    expect(at).toEqual(["steps", 1]);
  });

  test("a list that was not there is made", () => {
    const step = { name: "Else", type: "wait", duration: "1s" };
    const text = "steps:\n  - name: If\n    type: if\n    if: 'true'\n    then: []\n";
    const made = edited(text, { kind: "insert", list: ["steps", 0, "else"], at: 0, step });
    expect(made).toContain("    else:\n      - name: Else\n");
  });

  test("where the document has aliases, what it says is still right", () => {
    const text = "steps:\n  - &one { name: One, type: wait, duration: 1s }\n  - *one\n";
    const made = edited(text, { kind: "set", at: ["steps", 1, "duration"], value: "2s" });
    expect(good(made).definition.steps).toMatchObject([{ duration: "1s" }, { duration: "2s" }]);
  });

  test("several lines are written as such, and one line again as one", () => {
    const several = edited(written, { kind: "set", at: ["steps", 0, "command"], value: "a\nb\n" });
    expect(several).toContain("command: |\n      a\n      b\n");
    const one = edited(several, { kind: "set", at: ["steps", 0, "command"], value: "a" });
    expect(one).toContain("command: a\n");
  });
});

test("a step is not moved into itself", () => {
  const text = "steps:\n  - name: If\n    type: if\n    if: 'true'\n    then: []\n";
  expect(edited(text, { kind: "move", step: ["steps", 0], list: ["steps", 0, "then"], at: 0 })).toBe(text);
});

test.each([
  ["steps: [", 1],
  ["steps:\n  - a: 1\n b: 2\n", 3],
  ["- one\n", 1],
  ["steps: *nobody\n", 1],
])("%j is refused with its line", (text, line) => {
  const { good: read, bad } = readText(text);
  expect([read, bad?.line]).toEqual([null, line]);
});
