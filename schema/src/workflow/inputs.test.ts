import { describe, expect, test } from "vitest";
import type { InputDefinition } from "./fields.ts";
import { checkInputs, inputProblems } from "./inputs.ts";
import { inputPlan, inputPlans } from "./plan-parts.ts";
import { safePattern } from "./safe-pattern.ts";

const one = (input: InputDefinition, given: unknown, form: "json" | "text" = "json") => {
  const { values, problems } = checkInputs({ x: inputPlan(input) }, { x: given }, form);
  return problems[0]?.detail ?? values.x;
};

describe("a value", () => {
  const choice: InputDefinition = { type: "choice", options: ["web", 2, { value: "db", label: "Database" }] };
  test.each<[InputDefinition, unknown, unknown]>([
    [{ type: "string" }, "a", "a"],
    [{ type: "string" }, "a\nb", "must be one line"],
    [{ type: "text" }, "a\nb", "a\nb"],
    [{ type: "string" }, 5, "must be text, got 5"],
    [{ type: "string", min: 2 }, "a", "must have at least 2 characters, has 1"],
    [{ type: "string", pattern: "^OPS-[0-9]+$" }, "OPS-12", "OPS-12"],
    [{ type: "string", pattern: "^OPS-[0-9]+$" }, "OPS-x", 'must match ^OPS-[0-9]+$, got "OPS-x"'],
    [{ type: "integer" }, 5, 5],
    [{ type: "integer" }, "5", 'must be a whole number, got "5"'],
    [{ type: "integer" }, 5.5, "must be a whole number, got 5.5"],
    [{ type: "number", min: 1, max: 2 }, 1.5, 1.5],
    [{ type: "number", max: 2 }, 3, "must be at most 2, got 3"],
    [{ type: "boolean" }, true, true],
    [{ type: "boolean" }, "true", 'must be true or false, got "true"'],
    [choice, "db", "db"],
    [choice, "wep", 'must be one of web, 2, db, got "wep"; did you mean web?'],
    [{ ...choice, type: "multichoice" }, ["web", 2], ["web", 2]],
    [{ ...choice, type: "multichoice" }, ["web", "web"], 'has "web" twice'],
    [{ type: "date" }, "2026-02-29", 'must be a date such as 2026-03-01, got "2026-02-29"'],
    [{ type: "date" }, "2028-02-29", "2028-02-29"],
    [{ type: "datetime" }, "2026-03-01T12:00:00+01:00", "2026-03-01T12:00:00+01:00"],
    [{ type: "json" }, { a: [1] }, { a: [1] }],
    [{ type: "secret" }, "db-password", { $secret: "db-password" }],
    [
      { type: "secret" },
      "p4$$ word",
      "must be the name of a stored secret or a vault: reference, never the secret itself",
    ],
    [{ type: "target" }, "group:web", "group:web"],
    [{ type: "target" }, ["a", "!"], "is no target: a target is missing here"],
  ])("of %j given as %j", (input, given, expected) => {
    expect(one(input, given)).toEqual(expected);
  });

  test.each<[InputDefinition, string, unknown]>([
    [{ type: "integer" }, "12", 12],
    [{ type: "number" }, "-1.5e2", -150],
    [{ type: "number" }, "0x10", 'must be a number, got "0x10"'],
    [{ type: "boolean" }, "false", false],
    [{ type: "boolean" }, "yes", 'must be true or false, got "yes"'],
    [choice, "2", 2],
    [{ ...choice, type: "multichoice" }, "web, db", ["web", "db"]],
    [{ type: "json" }, '{"a":1}', { a: 1 }],
    [{ type: "integer" }, "", null],
  ])("of %j written as %j", (input, given, expected) => {
    expect(one(input, given, "text")).toEqual(expected);
  });
});

test("all problems are there at once, and defaults fill what was not given", () => {
  const declared = inputPlans({
    env: { type: "choice", options: ["a", "b"], default: "b", required: true },
    ref: { type: "string", required: true },
    "a/b": { type: "integer" },
    note: { type: "string" },
  });
  expect(checkInputs(declared, { "a/b": "x", nott: 1 })).toEqual({
    values: { env: "b", ref: null, note: null },
    problems: [
      { pointer: "/nott", detail: "is not an input; did you mean note?" },
      { pointer: "/ref", detail: "is required" },
      { pointer: "/a~1b", detail: 'must be a whole number, got "x"' },
    ],
  });
  expect(checkInputs(declared, { ref: "" }).problems).toMatchObject([{ pointer: "/ref" }]);
});

test.each<[InputDefinition, string[]]>([
  [{ type: "choice" }, ["/options"]],
  [{ type: "string", options: ["a"] }, ["/options"]],
  [{ type: "choice", options: ["a", "a", {}] }, ["/options/1", "/options/2"]],
  [{ type: "integer", min: 2, max: 1 }, ["/max"]],
  [{ type: "integer", default: 1.5 }, ["/default"]],
  [{ type: "string", pattern: "(" }, ["/pattern"]],
  [{ type: "secret", default: "a b" }, ["/default"]],
  [{ type: "choice", options: ["a"], default: "a" }, []],
])("the declaration %j has problems at %j", (input, pointers) => {
  expect(inputProblems(inputPlan(input)).map(({ pointer }) => pointer)).toEqual(pointers);
});

describe("a pattern", () => {
  test.each([
    "(a+)+$",
    "^(a|a)*$",
    "(.*)*x",
    "(?=a)b",
    "(a)\\1",
    "a*b*c*d*e*f*g*",
    "^((ab)*c)*$",
    "(a{2,9}){2,9}",
  ])("%s is refused, for it may take for ever", (source) => {
    expect(safePattern(source)).toHaveProperty("problem");
  });

  test.each([
    "^OPS-[0-9]+$",
    "^\\d{4}-\\d{2}$",
    "^(web|db)-[a-z]+$",
    "^[a-z.+]+@[a-z.]+$",
    "^(ab)+$",
    "^v\\d+\\.\\d+\\.\\d+(-[a-z]+)?$",
  ])("%s is taken, and ends soon on the longest text it is given", (source) => {
    const read = safePattern(source);
    if ("problem" in read) throw new Error(read.problem);
    expect(read.pattern.maxLength).toBeGreaterThan(100);
    for (const filler of ["a", "1", "0.", "ab"]) {
      expect(read.pattern.regex.test(`${filler.repeat(read.pattern.maxLength / filler.length)}!`)).toBe(
        false,
      );
    }
  });
});
