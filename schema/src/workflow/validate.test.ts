import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { example, exampleNames } from "./example-definitions.suite.ts";
import { stepTypes } from "./step-kinds.ts";
import { validate } from "./validate.ts";

/** Findings as `pointer code`, errors and warnings apart. */
function found(value: unknown): { errors: string[]; warnings: string[] } {
  const { errors, warnings } = validate(value);
  const brief = ({ pointer, code }: { pointer: string; code: string }) => `${pointer} ${code}`;
  return { errors: errors.map(brief), warnings: warnings.map(brief) };
}
const run = (name: string, more: object = {}) => ({
  name,
  type: "execute",
  command: "true",
  targets: ["all"],
  ...more,
});
// biome-ignore lint/suspicious/noThenProperty: the format says so, and nothing awaits it.
const whether = (name: string, steps: unknown[]) => ({ name, type: "if", if: "true", then: steps });
const wait = (name: string, more: object = {}) => ({ name, type: "wait", duration: 1, ...more });

test.each(exampleNames)("the example %s is good", (name) => {
  const { plan, errors } = validate(example(name));
  expect(errors).toEqual([]);
  expect(plan).not.toBeNull();
});

test("the only warning about a definition of today is a reboot that nobody aimed", () => {
  for (const name of exampleNames.slice(3)) expect(found(example(name)).warnings).toEqual([]);
  expect(found({ steps: [{ name: "Reboot", type: "execute", command: "reboot" }] })).toEqual({
    errors: [],
    warnings: ["/steps/0 targets_omitted"],
  });
});

describe("the shape", () => {
  test.each<[string, unknown, string[]]>([
    ["is an object", [], [" wrong_type"]],
    ["is not null", null, [" wrong_type"]],
    ["has steps", {}, ["/steps missing"]],
    ["has a list of steps", { steps: { a: 1 } }, ["/steps wrong_type"]],
    ["has a version this gateway knows", { version: 2, steps: [] }, ["/version not_allowed"]],
    ["has steps that are objects", { steps: ["x", wait("b")] }, ["/steps/0 wrong_type"]],
    ["names its steps", { steps: [{ type: "wait", duration: 1 }] }, ["/steps/0/name missing"]],
    ["gives every step a type", { steps: [{ name: "a" }] }, ["/steps/0/type missing"]],
    ["has types that exist", { steps: [{ name: "a", type: "exec" }] }, ["/steps/0/type not_allowed"]],
    [
      "has no unknown fields",
      { stepz: [], steps: [wait("a", { durations: 2 })] },
      ["/steps/0/durations unknown_field", "/stepz unknown_field"],
    ],
    [
      "has durations",
      { timeout: "soon", steps: [wait("a", { duration: "5 minutes" })] },
      ["/timeout wrong_type", "/steps/0/duration wrong_type"],
    ],
    [
      "goes into unions",
      { steps: [run("a", { targets: { select: [], wher: "x" } })] },
      ["/steps/0/targets/select out_of_range", "/steps/0/targets/wher unknown_field"],
    ],
  ])("%s", (_, value, errors) => {
    expect(found(value).errors.toSorted()).toEqual(errors.toSorted());
  });

  test("every problem is there at once, each with its place", () => {
    const value = {
      naem: "x",
      inputs: { env: { type: "choice" }, n: { type: "int" } },
      steps: [
        run("a", { timeout: "1x", retry: { attempts: 0 } }),
        { name: "b", type: "prompt", options: [] },
        {
          name: "c",
          type: "foreach",
          items: [1],
          steps: [{ name: "d", type: "execute" }, wait("e", { needs: ["zz"] })],
        },
        { ...whether("", [{ name: "x", type: "wait" }]), name: 5 },
      ],
    };
    expect(found(value).errors.toSorted()).toEqual(
      [
        "/naem unknown_field",
        "/inputs/env/options bad_format",
        "/inputs/n/type not_allowed",
        "/steps/0/timeout wrong_type",
        "/steps/0/retry/attempts out_of_range",
        "/steps/1/options out_of_range",
        "/steps/1/message missing",
        "/steps/2/steps/0 missing",
        "/steps/2/steps/1/needs/0 unknown_need",
        "/steps/3/name wrong_type",
        "/steps/3/then/0 missing",
      ].toSorted(),
    );
  });

  test("an unknown field is told the nearest known one of its place", () => {
    const { errors } = validate({
      steps: [run("a", { comand: "ls", targets: { select: ["all"], strategy: { batsh: 1 } } })],
    });
    expect(errors.map(({ message }) => message)).toEqual([
      'unknown field "batsh"; did you mean "batch"?',
      'unknown field "comand"; did you mean "command"?',
    ]);
  });

  test("a field of another type of step is left alone, with a warning", () => {
    const { errors, warnings } = found({ steps: [wait("a", { targets: ["all"], message: "hm" })] });
    expect(errors).toEqual([]);
    expect(warnings).toEqual(["/steps/0/targets no_effect", "/steps/0/message no_effect"]);
  });

  test.each(["__proto__", "constructor", "prototype"])("%s is no name anywhere", (key) => {
    const value = JSON.parse(`{"steps":[],"vars":{"a":[{"${key}":{"admin":true}}]}}`);
    expect(found(value).errors).toEqual([`/vars/a/0/${key} forbidden_key`]);
    expect(({} as { admin?: true }).admin).toBeUndefined();
  });

  test("what is too large or too deep is refused without being walked through", () => {
    const deep = JSON.parse(`${"[".repeat(20_000)}${"]".repeat(20_000)}`);
    expect(found({ steps: [], vars: { deep } }).errors).toHaveLength(1);
    expect(found({ steps: [], vars: { long: "x".repeat(1_048_576) } }).errors).toEqual([" too_large"]);
    const many = Array.from({ length: 1001 }, (_, i) => wait(`w${i}`));
    expect(found({ steps: many }).errors).toEqual(["/steps too_large"]);
    let nested: object = wait("inner");
    for (let i = 0; i < 10; i++) nested = whether("x", [nested]);
    expect(found({ steps: [nested] }).errors.map((one) => one.split(" ")[1])).toEqual(["too_deep"]);
  });
});

describe("needs", () => {
  test.each<[string, unknown[], string[]]>([
    ["name a step of the list", [wait("a"), wait("b", { needs: ["c"] })], ["/steps/1/needs/0 unknown_need"]],
    [
      "name one step",
      [wait("a"), wait("a"), wait("b", { needs: ["a x", "a"] })],
      ["/steps/2/needs/0 unknown_need"],
    ],
    [
      "are not ambiguous",
      [wait("A!"), wait("A!"), wait("b", { needs: ["A!"] })],
      ["/steps/2/needs/0 ambiguous_need"],
    ],
    ["are not the step itself", [wait("a", { needs: ["a"] })], ["/steps/0/needs/0 cycle"]],
    [
      "are named once",
      [wait("a", { id: "x" }), wait("b", { needs: ["x", "a"] })],
      ["/steps/1/needs/1 duplicate"],
    ],
    [
      "stay in their list",
      [wait("a"), whether("i", [wait("b", { needs: ["a"] })])],
      ["/steps/1/then/0/needs/0 need_elsewhere"],
    ],
  ])("%s", (_, steps, errors) => {
    expect(found({ steps }).errors).toEqual(errors);
  });

  test("a circle is named in order", () => {
    const steps = [
      wait("a", { needs: ["c"] }),
      wait("b", { needs: ["a"] }),
      wait("c", { needs: ["b"] }),
      wait("d"),
    ];
    expect(validate({ steps }).errors).toEqual([
      { pointer: "/steps/0/needs", code: "cycle", message: "these steps wait for each other: a → c → b → a" },
    ]);
  });

  test("a circle may go through the step before", () => {
    const [error] = validate({ steps: [wait("a", { needs: ["b"] }), wait("b")] }).errors;
    expect(error?.message).toBe(
      "these steps wait for each other: a → b → a (a step without needs needs the one before it)",
    );
  });

  test("ids are unique in the whole definition", () => {
    const steps = [wait("a", { id: "x" }), whether("i", [wait("b", { id: "x" })])];
    expect(found({ steps }).errors).toEqual(["/steps/1/then/0/id duplicate"]);
  });

  test("what comes after an unconditional stop is unreachable", () => {
    const stop = { name: "s", type: "stop" };
    expect(found({ steps: [stop, wait("a"), wait("b", { needs: [] })] }).warnings).toEqual([
      "/steps/1 unreachable",
    ]);
    expect(found({ steps: [{ ...stop, condition: "false" }, wait("a")] }).warnings).toEqual([]);
  });
});

describe("a step", () => {
  const prompt = (more: object) => ({ name: "p", type: "prompt", message: "?", ...more });
  test.each<[string, object, string[]]>([
    ["runs one thing", run("a", { script: "x" }), ["/steps/0 exclusive"]],
    ["waits for one thing", wait("a", { until: "2026-03-01" }), ["/steps/0 exclusive"]],
    [
      "waits for a time that exists",
      { name: "w", type: "wait", until: "later" },
      ["/steps/0/until bad_format"],
    ],
    [
      "does not wait longer than it may",
      wait("a", { duration: "2h", timeout: "1h" }),
      ["/steps/0/duration contradiction"],
    ],
    ["offers an option once", prompt({ options: ["a", { value: "a" }] }), ["/steps/0/options/1 duplicate"]],
    [
      "times out into an option",
      prompt({ timeout: "1h", onTimeout: "No" }),
      ["/steps/0/onTimeout not_allowed"],
    ],
    [
      "can be approved",
      prompt({ approvers: { users: ["ann"], count: 2 } }),
      ["/steps/0/approvers/count impossible"],
    ],
    [
      "has a form that works",
      prompt({ form: { n: { type: "integer", default: "1" } } }),
      ["/steps/0/form/n/default bad_default"],
    ],
    ["may be lost and run again", run("a", { onLost: "retry" }), ["/steps/0/onLost needs_delivery"]],
    [
      "is retried after a loss",
      run("a", { retry: { attempts: 2, on: ["lost"] } }),
      ["/steps/0/retry/on/0 needs_delivery"],
    ],
    [
      "has delays that fit",
      run("a", { retry: { attempts: 2, delay: "2m", maxDelay: "1m" } }),
      ["/steps/0/retry/maxDelay contradiction"],
    ],
    ["has exit codes", run("a", { successCodes: [300] }), ["/steps/0/successCodes/0 out_of_range"]],
    ["has targets that can be read", run("a", { targets: ["web-*"] }), ["/steps/0/targets/0 bad_target"]],
    ["has something to choose from", run("a", { targets: ["!tag:x"] }), ["/steps/0/targets impossible"]],
    ["knows its past", run("a", { targets: ["@touched"] }), ["/steps/0/targets/0 target_out_of_place"]],
    [
      "has a canary to confirm",
      run("a", { targets: { select: ["all"], strategy: { confirm: "afterCanary" } } }),
      ["/steps/0/targets/strategy/confirm contradiction"],
    ],
    [
      "takes a share of its targets",
      run("a", { targets: { select: ["all"], count: "0%" } }),
      ["/steps/0/targets/count out_of_range"],
    ],
    [
      "joins branches that exist",
      { name: "p", type: "parallel", join: 2, branches: [{ name: "a", steps: [] }] },
      ["/steps/0/join impossible"],
    ],
    [
      "limits its items",
      { name: "f", type: "foreach", items: [1, 2], maxItems: 1, steps: [] },
      ["/steps/0/items impossible"],
    ],
    [
      "names its items",
      { name: "f", type: "foreach", items: [1], as: "steps", steps: [] },
      ["/steps/0/as bad_name"],
    ],
    [
      "loops over a list",
      { name: "f", type: "foreach", items: "steps.a.output", steps: [] },
      ["/steps/0/items wrong_type"],
    ],
    ["asks the web", { name: "h", type: "http", url: "file:///etc/passwd" }, ["/steps/0/url bad_format"]],
    [
      "reads a vault on a runner",
      { name: "h", type: "http", url: "https://a.test", secrets: { A: "vault:x/y" } },
      ["/steps/0/secrets/A secret_out_of_place"],
    ],
    [
      "makes requests from runners, with secrets that these read",
      { name: "h", type: "http", url: "https://a.test", targets: ["all"], secrets: { A: "vault:x/y" } },
      [],
    ],
    [
      "makes requests without variables",
      { name: "h", type: "http", url: "https://a.test", env: { A: "b" } },
      ["/steps/0/env not_allowed"],
    ],
    ["has variables with names", run("a", { env: { "a b": 1 } }), ["/steps/0/env/a b bad_name"]],
    [
      "sets no variables that load code",
      run("a", { env: { LD_PRELOAD: "/x.so", OK: "1" }, secrets: { BASH_ENV: "A" } }),
      ["/steps/0/env/LD_PRELOAD bad_name", "/steps/0/secrets/BASH_ENV bad_name"],
    ],
    [
      "calls what has a name",
      { name: "f", type: "function", function: "a b" },
      ["/steps/0/function bad_reference"],
    ],
  ])("%s", (_, step, errors) => {
    expect(found({ steps: [step] }).errors).toEqual(errors);
  });
});

describe("triggers", () => {
  test.each<[string, object, string[]]>([
    ["have a time", { type: "cron", inputs: { env: "x" } }, ["/triggers/0 missing"]],
    [
      "have one time",
      { type: "cron", cron: "0 2 * * *", every: "5m", inputs: { env: "x" } },
      ["/triggers/0 exclusive"],
    ],
    ["of type event name it", { type: "event" }, ["/triggers/0/name missing"]],
    [
      "give inputs that exist",
      { type: "cron", every: "5m", inputs: { env: "prod", n: "x" } },
      ["/triggers/0/inputs/n bad_format"],
    ],
    [
      "give inputs by names of their own",
      { type: "webhook", inputs: { toString: `\${{ event.x }}` } },
      ["/triggers/0/inputs/toString bad_format"],
    ],
    ["give what is required", { type: "cron", every: "5m" }, ["/triggers/0/inputs/env missing"]],
    ["by webhook may leave inputs to the caller", { type: "webhook" }, []],
  ])("%s", (_, trigger, errors) => {
    const inputs = { env: { type: "string", required: true } };
    expect(found({ inputs, triggers: [trigger], steps: [] }).errors).toEqual(errors);
  });
});

describe("whatever comes", () => {
  test("there is an answer, and a plan exactly when there are no errors", () => {
    const word = fc.constantFrom(
      "steps",
      "name",
      "type",
      "then",
      "needs",
      "targets",
      "execute",
      "foreach",
      "a",
      "1",
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof({ maxDepth: 5 }, word, fc.jsonValue({ maxDepth: 1 }), tie("list"), tie("object")),
      list: fc.array(tie("any"), { maxLength: 4 }),
      object: fc.dictionary(word, tie("any"), { maxKeys: 5 }),
    })).any;
    const fields = fc.record({
      type: fc.constantFrom(...stepTypes),
      items: value,
      steps: value,
      needs: value,
    });
    const steps = fc.array(
      fc.oneof(
        value,
        fields.map((more) => ({ ...whether("x", [more.steps]), ...more })),
      ),
    );
    void fc.assert(
      fc.property(
        fc.oneof(
          value,
          steps.map((list) => ({ steps: list })),
        ),
        (one) => {
          const { plan, errors } = validate(one);
          expect(plan === null).toBe(errors.length > 0);
        },
      ),
      { numRuns: 200 },
    );
  });

  test("of very many problems the first 500 are told", () => {
    const tags = Array.from({ length: 100_000 }, () => 1);
    expect(found({ tags, steps: [] }).errors).toHaveLength(500);
  });

  test("a thousand steps that know each other are checked in well under the time of a request", () => {
    const steps = Array.from({ length: 1000 }, (_, i) => ({
      ...run("same", { command: `echo \${{ steps.same.status }}` }),
      needs: i === 0 ? [] : [i === 1 ? "same" : `same_${i}`],
    }));
    const before = performance.now();
    expect(validate({ steps: steps.slice(0, 1) }).errors).toHaveLength(1);
    expect(validate({ steps }).errors.map(({ pointer }) => pointer)).toEqual(["/steps/0/command"]);
    expect(performance.now() - before).toBeLessThan(10_000);
  });
});
