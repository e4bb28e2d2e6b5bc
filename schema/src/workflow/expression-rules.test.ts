import { describe, expect, test } from "vitest";
import type { Definition } from "./definition.ts";
import { validate } from "./validate.ts";

const t = (inner: string) => `\${{ ${inner} }}`;
const wait = (id: string, more: object = {}) => ({
  id,
  name: id,
  type: "wait" as const,
  duration: 1,
  ...more,
});
const run = (id: string, command: string, more: object = {}) => ({
  ...{ id, name: id, type: "execute" as const, targets: ["all"], command },
  ...more,
});
const each = (id: string, steps: unknown[], more: object = {}) => ({
  id,
  name: id,
  type: "foreach",
  items: [1],
  steps,
  ...more,
});

/** Findings as `pointer code column`, warnings with a question mark. */
function found(definition: object): string[] {
  const { errors, warnings } = validate(definition);
  return [
    ...errors.map(({ pointer, code, column }) => `${pointer} ${code} ${column}`),
    ...warnings.map(({ pointer, code, column }) => `${pointer} ${code}? ${column}`),
  ];
}

describe("an expression", () => {
  test("that cannot be read is told its column", () => {
    expect(found({ steps: [wait("a", { condition: "1 + + " })] })).toEqual([
      expect.stringMatching(/^\/steps\/0\/condition expression \d$/),
    ]);
    expect(found({ steps: [run("a", `echo ok ${t("inputs.x =")}`)] })).toEqual([
      expect.stringMatching(/^\/steps\/0\/command expression \d\d$/),
    ]);
  });

  test.each([
    "this.constructor.constructor('return process')()",
    "(() => { for (;;); })()",
    "require('fs')",
    "steps['__proto__']",
    `\`\${1}\`.constructor`,
    "/(a+)+/.test('a')",
  ])("%s is refused when the workflow is saved", (condition) => {
    expect(found({ steps: [wait("a", { condition })] }).every((one) => one.includes("expression"))).toBe(
      true,
    );
    expect(validate({ steps: [wait("a", { condition })] }).plan).toBeNull();
  });

  test("knows the names of its place only", () => {
    const steps = [
      wait("a", { condition: "item > 1" }),
      each("f", [wait("b", { condition: "file.size > index" })], {
        as: "file",
        collect: "status === 'succeeded' && file.size",
      }),
      run("c", "x", { retry: { attempts: 2, if: "error.code !== 5" }, outputs: { n: "results.length" } }),
      wait("d", { condition: "error.code === 5" }),
    ];
    expect(found({ steps })).toEqual(["/steps/0/condition expression 1", "/steps/3/condition expression 1"]);
  });

  test("needs no braces, and says so", () => {
    const [error] = validate({ steps: [wait("a", { condition: t("1 < 2") })] }).errors;
    expect(error?.message).toBe("this is an expression already: leave the template's braces out");
  });

  test("names inputs that exist", () => {
    const inputs = { environment: { type: "string" } };
    const [error] = validate({ inputs, steps: [run("a", `deploy ${t("inputs.enviroment")}`)] }).errors;
    expect(error).toEqual({
      pointer: "/steps/0/command",
      code: "unknown_input",
      message: "no input is called enviroment; did you mean environment?",
      column: 12,
    });
  });

  test("names variables that something sets, or is warned", () => {
    const steps = [
      { name: "s", type: "set", set: { b: "1" } },
      wait("a", { condition: "vars.a + vars.b + vars.c" }),
    ];
    expect(found({ vars: { a: 1 }, steps })).toEqual(["/steps/1/condition unknown_variable? 19"]);
  });
});

describe("a reference to a step", () => {
  const condition = (id: string) => ({ condition: `steps.${id}.status === 'succeeded'` });
  test.each<[string, unknown[], string[]]>([
    ["before it is fine", [wait("a"), wait("b"), wait("c", condition("a"))], []],
    ["that does not exist is an error", [wait("a", condition("b"))], ["/steps/0/condition unknown_step 1"]],
    ["to itself is an error", [wait("a", condition("a"))], ["/steps/0/condition not_an_ancestor 1"]],
    [
      "after it is an error",
      [wait("a", condition("b")), wait("b")],
      ["/steps/0/condition not_an_ancestor 1"],
    ],
    [
      "beside it is a warning",
      [wait("a"), wait("b", { needs: [], ...condition("a") })],
      ["/steps/1/condition not_an_ancestor? 1"],
    ],
    ["before the step around it is fine", [wait("a"), each("f", [wait("b", condition("a"))])], []],
    [
      "around it is an error",
      [each("f", [wait("b", condition("f"))])],
      ["/steps/0/steps/0/condition not_an_ancestor 1"],
    ],
    [
      "in a loop before it is an error",
      [each("f", [wait("b")]), wait("c", condition("b"))],
      ["/steps/1/condition not_an_ancestor 1"],
    ],
    [
      "in a branch before it is fine",
      [
        { name: "p", type: "parallel", branches: [{ name: "x", steps: [wait("b")] }] },
        wait("c", condition("b")),
      ],
      [],
    ],
    ["that failed is fine in its onFailure", [run("a", "x", { onFailure: [wait("b", condition("a"))] })], []],
    ["that ran is fine in its own outputs", [run("a", "x", { outputs: { ok: "steps.a.status" } })], []],
  ])("%s", (_, steps, expected) => {
    expect(found({ steps })).toEqual(expected);
  });

  test("is fine after the run, except for steps of a loop", () => {
    const steps = [wait("a"), each("f", [wait("b")])];
    const outputs = { x: "steps.a.status", y: "steps.b.status" };
    expect(found({ steps, outputs, finally: [wait("z", condition("a"))] })).toEqual([
      "/outputs/y not_an_ancestor 1",
    ]);
  });

  test("by its name is told the id", () => {
    const [error] = validate({
      steps: [
        { name: "Build it", type: "stop", condition: "false" },
        wait("b", { condition: "steps['Build it'].status" }),
      ],
    }).errors;
    expect(error?.message).toBe("no step has the id Build it; that is a name, its id is build_it");
  });
});

describe("a secret", () => {
  const http = (more: object) => ({
    id: "h",
    name: "h",
    type: "http",
    url: "https://a.test",
    secrets: { TOKEN: "token" },
    ...more,
  });
  const inputs: Definition["inputs"] = { key: { type: "secret" } };
  test.each<[string, object, string[]]>([
    ["may stand in headers", http({ headers: { authorization: `Bearer ${t("secrets.TOKEN")}` } }), []],
    ["may stand in env", run("a", "x", { secrets: { T: "t" }, env: { T: t("secrets.T") } }), []],
    [
      "may not stand in a command",
      run("a", `login ${t("secrets.T")}`),
      ["/steps/0/command secret_out_of_place 11"],
    ],
    [
      "may not stand in a condition",
      wait("a", { condition: "secrets.T === 'x'" }),
      ["/steps/0/condition secret_out_of_place 1"],
    ],
    [
      "is named",
      http({ headers: { a: t("secrets[execution.id]") } }),
      ["/steps/0/headers/a secret_out_of_place 5"],
    ],
    [
      "is named by its step",
      http({ headers: { a: t("secrets.OTHER") } }),
      ["/steps/0/headers/a undeclared_secret? 5"],
    ],
    ["that is an input may stand in env", run("a", "x", { env: { K: t("inputs.key") } }), []],
    [
      "that is an input may not stand in a command",
      run("a", `x ${t("inputs.key")}`),
      ["/steps/0/command secret_out_of_place 7"],
    ],
  ])("%s", (_, step, expected) => {
    expect(found({ inputs, steps: [step] })).toEqual(expected);
  });
});

test("text put into a command as it is has a warning, and a template inside quotes is an error", () => {
  const inputs = { a: { type: "string" } };
  expect(found({ inputs, steps: [run("a", `sh -c ${t("raw(inputs.a)")}`)] })).toEqual([
    expect.stringMatching(/^\/steps\/0\/command raw_template\? \d+$/),
  ]);
  expect(found({ inputs, steps: [run("a", `echo "${t("inputs.a")}"`)] })).toEqual([
    expect.stringMatching(/^\/steps\/0\/command expression \d+$/),
  ]);
});

test("what the shell means is left alone", () => {
  const command = `tar -czf /tmp/b-$(date +%Y%m%d).tar.gz \${DIR} && echo $? $\${VAR} {{ x }}`;
  expect(found({ steps: [run("a", command)] })).toEqual([]);
});

test("a condition that asks about the past lets a step run after a failure", () => {
  const conditions = [
    "always()",
    "failed() && true",
    "'always()' === 'x'",
    "success()",
    "[1].map(x => cancelled())",
  ];
  const { plan } = validate({ steps: conditions.map((condition, i) => wait(`s${i}`, { condition })) });
  expect(plan?.steps.map(({ survivesFailure }) => survivesFailure)).toEqual([true, true, false, false, true]);
});
