// biome-ignore-all lint/suspicious/noTemplateCurlyInString: JavaScript in texts.
import { describe, expect, test } from "vitest";
import { evaluate } from "./evaluate.ts";
import { expressionLimits } from "./limits.ts";
import { parseExpression } from "./parse-expression.ts";
import { parseTemplate } from "./parse-template.ts";
import type { Value } from "./values.ts";

const context = {
  state: { steps: {} },
  inputs: { name: "a", list: [1, 2, 3] },
  steps: {},
  text: "a".repeat(65_536),
};

/** The code of the first problem, or the value. */
function outcome(text: string): Value {
  const parsed = parseExpression(text);
  if (!parsed.ok) return `refused: ${parsed.problems[0]?.code}`;
  const result = evaluate(parsed.expression, context, { now: 0 });
  return result.ok ? result.value : `failed: ${result.problem.code}`;
}

const refused = /^refused: /;
const bounded = /^(refused|failed): /;

test.each(["this.constructor.constructor('return process')()"])(
  "EX-01: %s is refused when it is saved",
  (text) => {
    expect(outcome(text)).toMatch(refused);
  },
);

test.each([
  "(()=>{const {constructor:{constructor:F}}=()=>{};return F('return typeof require')()})()",
  "(({constructor:{constructor:F}}) => F('return process')())(() => 1)",
  "String.raw`x`",
  "inputs.list.map`x`",
  "with (inputs) name",
  "[].filter.constructor('return 1')()",
  "[].filter['constructor']('return 1')()",
  "[1].map(({ constructor }) => constructor)",
  "[1].map(({ ['constructor']: c }) => c)",
  "[1].map(({ constructor: { constructor: c } }) => c)",
])("EX-02: %s is refused when it is saved", (text) => {
  expect(outcome(text)).toMatch(refused);
});

test.each([
  "for(;;){}",
  "while(true);",
  "({ get x() { for(;;); } }).x",
  "new Proxy({}, { get() { for(;;); } }).x",
  "/^(a+)+$/.test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!')",
  "RegExp('^(a+)+$').test('a')",
  "'aaaa!'.match('^(a+)+$')",
  `/${"(".repeat(4000)}/`,
])("EX-03: %s is refused when it is saved", (text) => {
  expect(outcome(text)).toMatch(refused);
});

test.each(["let a=[];for(;;)a.push('x'.repeat(1e6)+a.length)", "[].push('x')", "(a => a(a))(a => a(a))"])(
  "EX-04: %s is refused when it is saved",
  (text) => {
    expect(outcome(text)).toMatch(refused);
  },
);

test.each([
  ["JSON.parse('['.repeat(1e5)+']'.repeat(1e5))", "failed: too_deep"],
  ["JSON.parse('[{\"a\":'.repeat(1e5))", "failed: too_deep"],
  ["eval('('.repeat(1e5))", "refused: not_available"],
  ["(0, eval)('1')", "refused: not_available"],
])("EX-05: %s ends as %s", (text, expected) => {
  expect(outcome(text)).toBe(expected);
});

test.each([
  "import('fs')",
  "import.meta.url",
  "require('child_process')",
  "async () => 1",
  "[1].map(async x => x)",
  "await inputs",
  "throw {toString(){for(;;);}}",
  "({ toString() { for(;;); } }) + ''",
  "({ valueOf: () => 1 }) + 1",
  "function* () {}",
])("EX-06: %s is refused when it is saved", (text) => {
  expect(outcome(text)).toMatch(refused);
});

test.each([
  "__proto__.x == 1",
  "state.constructor",
  'inputs["__proto__"]',
  "inputs['pro' + 'to' + 'type']",
  "inputs[`__${'proto'}__`]",
  "inputs[['constructor']]",
  "inputs?.['__PROTO__'.toLowerCase()]",
  "({ __proto__: inputs })",
  "({ '__proto__': 1 })",
  "({ ['__proto__']: 1 })",
  "({ constructor: 1 })",
  "'constructor' in inputs",
  "Object.hasOwn(inputs, '__proto__')",
  'JSON.parse(\'{"__proto__": {"admin": true}}\')',
  'JSON.parse(\'[{"a": {"\\\\u0063onstructor": 1}}]\')',
  "Object.fromEntries([['__proto__', 1]])",
  "Object.fromEntries([[['prototype'], 1]])",
  "'constructor'.split().map(k => inputs[k])",
  "inputs.\\u0063onstructor",
])("EX-07: no property of that name is read or made: %s", (text) => {
  expect(outcome(text)).toMatch(/^(refused|failed): forbidden_name$/);
});

test.each([
  ["inputs.toString", undefined],
  ["inputs.name.toString", "failed: wrong_type"],
  ["inputs.hasOwnProperty", undefined],
  ["inputs['__defineGetter__']", undefined],
  ["inputs.name.anchor", undefined],
  ["(5).__lookupGetter__", undefined],
  ["toString", "failed: unknown_name"],
  ["hasOwnProperty", "failed: unknown_name"],
  ["globalThis", "failed: unknown_name"],
  ["process", "failed: unknown_name"],
  ["Object.getOwnPropertyNames(inputs)", "refused: not_available"],
  ["Object.keys", "refused: not_available"],
  ["[Math]", "refused: not_available"],
  ["({}).admin", undefined],
])("EX-07: only own properties are there: %s", (text, expected) => {
  expect(outcome(text)).toBe(expected);
});

describe("EX-07: what a context brings along", () => {
  test("a property called __proto__ passes through and is never listed", () => {
    const hostile: unknown = JSON.parse('{"a": {"__proto__": {"admin": true}}}');
    for (const text of [
      "Object.keys(x.a)",
      "Object.entries(x.a)",
      "({ ...x.a })",
      "x.a[Object.keys(x.a)[0]]",
    ]) {
      const parsed = parseExpression(text);
      const result = parsed.ok && evaluate(parsed.expression, { x: hostile }, { now: 0 });
      expect(result).toMatchObject({ ok: false, problem: { code: "forbidden_name" } });
    }
    expect(Object.hasOwn({}, "admin") || "admin" in {}).toBe(false);
  });

  test.each([[() => 1], [new Map()], [Symbol("s")], [new Date(0)], [/x/], [10n]])(
    "what is no plain data is refused: %s",
    (value) => {
      for (const text of [
        "x",
        "[y.x]",
        "y",
        "y.list.map(v => v)",
        "y.list.map(v => v + '')",
        "`${y.list}`",
        "JSON.stringify(y)",
      ]) {
        const parsed = parseExpression(text);
        const result =
          parsed.ok && evaluate(parsed.expression, { x: value, y: { x: value, list: [value] } }, { now: 0 });
        expect(result).toMatchObject({ ok: false, problem: { code: "wrong_type" } });
      }
    },
  );
});

test.each<[string, string]>([
  [" ".repeat(expressionLimits.textLength), "refused: syntax"],
  ["1".padEnd(expressionLimits.textLength + 1), "refused: too_long"],
  [`${"!".repeat(500)}1`, "refused: too_complex"],
  [`${"-".repeat(3).split("").join(" ").repeat(800)}1`, "refused: too_complex"],
  [Array.from({ length: 201 }, () => "a").join("&&"), "refused: too_complex"],
  [Array.from({ length: 4000 }, () => "1").join("+"), "refused: too_complex"],
  [Array.from({ length: 3000 }, () => "1").join("**"), "refused: too_complex"],
  [`${"a?b:".repeat(2000)}c`, "refused: too_complex"],
  [`${"(".repeat(4000)}1${")".repeat(4000)}`, "refused: too_complex"],
  [`${"[".repeat(4000)}${"]".repeat(4000)}`, "refused: too_complex"],
  ["[".repeat(9999), "refused: too_complex"],
  ["{a:".repeat(3000), "refused: too_complex"],
  ["(".repeat(9999), "refused: too_complex"],
  ["`${".repeat(3000), "refused: too_complex"],
  ["a=>".repeat(3000), "refused: too_complex"],
  ["f(".repeat(3000), "refused: too_complex"],
  ["a[".repeat(3000), "refused: too_complex"],
  ["typeof ".repeat(1400), "refused: too_complex"],
  ["async(".repeat(1600), "refused: too_complex"],
  ["new ".repeat(2400), "refused: not_available"],
  ["new (".repeat(1900), "refused: not_available"],
  ["class extends ".repeat(700), "refused: not_available"],
  [`inputs${".a".repeat(4000)}`, "refused: too_complex"],
  [`inputs${"?.a".repeat(3000)}`, "refused: too_complex"],
  [`([${"[".repeat(3000)}`, "refused: too_complex"],
  [`(${"{a:".repeat(3000)}`, "refused: too_complex"],
])("EX-08: an expression that is too large is refused, whatever grows: %#", (text, expected) => {
  expect(outcome(text)).toBe(expected);
  const template = parseTemplate(`\${{${text}}}`);
  expect(template.ok).toBe(false);
});

test("EX-08: 90 levels of depth and lists of 90 operators are fine", () => {
  expect(outcome(`${"(".repeat(90)}1${")".repeat(90)}`)).toBe(1);
  expect(outcome(Array.from({ length: 90 }, () => "1").join(" + "))).toBe(90);
  expect(outcome(`${"[".repeat(60)}${"]".repeat(60)}.length`)).toBe(1);
});

test("EX-09: the first evaluation is like any other", () => {
  expect(outcome("1 + 1 === 2")).toBe(true);
});

const nested = "Array.from({length: 70000}, (_, i) => i)";

test.each([
  ["'x'.repeat(1e9)", "failed: too_large"],
  ["'x'.padStart(1e9)", "failed: too_large"],
  ["'x'.padEnd(Infinity, 'ab')", "failed: too_large"],
  ["Array.from({ length: 1e9 })", "failed: too_large"],
  [`${nested}.map(i => i).map(i => i).map(i => i)`, "failed: over_budget"],
  [`${nested}.reduce((a, b) => [a, a], 1).join()`, "failed: over_budget"],
  ["Array.from({ length: 30 }).reduce(a => a + a, 'x')", "failed: too_large"],
  ["Array.from({ length: 30 }).reduce(a => [a, a], 'x').toString()", "failed: over_budget"],
  ["JSON.stringify(Array.from({ length: 30 }).reduce(a => [a, a], 'x'))", "failed: over_budget"],
  ["Array.from({ length: 30 }).reduce(a => [a, a], 'x').flat(Infinity)", "failed: over_budget"],
  ["Array.from({ length: 30 }).reduce(a => [a, a], 'x') + ''", "failed: over_budget"],
  ["Array.from({ length: 30 }).reduce(a => [a, a], 'x') == 1", "failed: over_budget"],
  ["[1][Array.from({ length: 30 }).reduce(a => [a, a], 'x')]", "failed: over_budget"],
  ["'x'.repeat(Array.from({ length: 30 }).reduce(a => [a, a], 'x'))", "failed: over_budget"],
  ["Array.from({ length: 30 }).reduce(a => [a, a], 'x')", "failed: too_large"],
  ["Array.from({ length: 30 }).reduce(a => [...a, ...a], ['x'])", "failed: over_budget"],
  ["Array.from({ length: 30 }).reduce(a => a.concat(a), ['x'])", "failed: over_budget"],
  ["Array.from({ length: 200 }).reduce(a => [a], 1)", "failed: too_deep"],
  ["Array.from({ length: 200 }).reduce(a => ({ a }), 1)", "failed: too_deep"],
  ["Array.from({ length: 9000 }).reduce(a => [a], 1).toString()", "failed: too_deep"],
  ["Array.from({ length: 9000 }).reduce(a => [a], 1).flat(Infinity)", "failed: too_deep"],
  ["JSON.stringify(Array.from({ length: 9000 }).reduce(a => [a], 1))", "failed: too_deep"],
  ["Array.from({ length: 9000 }).reduce(a => [a], 1) > 1", "failed: too_deep"],
  ["'a'.repeat(1e6).replaceAll('a', 'b'.repeat(1e6))", "failed: too_large"],
  ["'a'.repeat(9e5).replaceAll('', '$`$\\'$&')", "failed: too_large"],
  ["'a'.repeat(1e6).split('')", "failed: too_large"],
  ["'a'.repeat(1e6).split('a').length", "failed: too_large"],
  ["[...'a'.repeat(1e6)]", "failed: too_large"],
  ["'a'.repeat(1e6).includes('b' + 'a'.repeat(5e5))", "failed: over_budget"],
  ["'a'.repeat(1e6).lastIndexOf('a'.repeat(5e5) + 'b')", "failed: over_budget"],
  ["Array.from({ length: 100 }, () => 'x'.repeat(1e6))", "failed: over_budget"],
  ["[text, text, text, text, text, text, text, text, text].map(t => t + t).join()", "failed: too_large"],
  ["JSON.stringify(Array.from({ length: 20 }, () => text))", "failed: too_large"],
  ["Array.from({ length: 20 }, () => text)", "failed: too_large"],
  ["JSON.parse('[' + '1,'.repeat(3e5) + '1]')", "failed: over_budget"],
  [
    "`${text}${text}${text}${text}${text}${text}${text}${text}${text}${text}${text}${text}${text}${text}${text}${text}${text}`",
    "failed: too_large",
  ],
  ["Object.keys('a'.repeat(1e6))", "failed: too_large"],
  ["({ ...'a'.repeat(1e6) })", "failed: too_large"],
  ["encodeURIComponent('é'.repeat(5e5))", "failed: too_large"],
  ["Math.max(...Array.from({ length: 90000 }), ...Array.from({ length: 90000 }))", "failed: over_budget"],
  ["[1, 2, 3].flatMap(() => Array.from({ length: 60000 }))", "failed: over_budget"],
])("a bomb is bounded: %s ends as %s", (text, expected) => {
  const started = performance.now();
  expect(outcome(text)).toBe(expected);
  expect(outcome(text)).toMatch(bounded);
  // The work is counted; this ceiling would only be met by something that is not.
  expect(performance.now() - started).toBeLessThan(2000);
});

test("the budget is the caller's to choose", () => {
  const parsed = parseExpression("[1, 2, 3].map(x => x * 2)");
  expect(parsed.ok && evaluate(parsed.expression, {}, { now: 0, budget: 10 })).toMatchObject({
    ok: false,
    problem: { code: "over_budget" },
  });
});
