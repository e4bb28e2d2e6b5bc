import fc from "fast-check";
import { expect, test } from "vitest";
import { evaluate } from "./evaluate.ts";
import { parseExpression } from "./parse-expression.ts";

const context = {
  n: 3,
  t: "ab,c",
  b: true,
  z: null,
  l: [3, 1, 2],
  w: ["x", "yy", ""],
  o: { a: 1, b: { c: "d" }, l: [1, [2]] },
};

const leaf = fc.constantFrom(
  ..."n t b z l w o 0 1 -1 2.5 10 NaN undefined null true false 'a' '' '1' ',' [] {} [1,2] Infinity o.a o.b.c o.x o.l l[0] t.length l.length"
    .split(" ")
    .map((text) => (text === "{}" ? "({})" : text)),
);

// Arrow parameters by nesting are all called the same: shadowing is part of what must agree.
const { expression } = fc.letrec<{ expression: string }>((tie) => {
  const part = tie("expression");
  const binary = fc.constantFrom(
    ..."+ - * / % ** === !== == != < <= > >= & | ^ << >> >>> && || ??".split(" "),
  );
  const unary = fc.constantFrom("!", "-", "+", "~", "typeof ");
  const textMethod = fc.constantFrom(
    ..."slice substring padStart padEnd indexOf lastIndexOf includes startsWith endsWith split at charAt charCodeAt replace replaceAll concat trim toUpperCase repeat".split(
      " ",
    ),
  );
  const listMethod = fc.constantFrom(
    ..."slice concat at indexOf lastIndexOf includes join flat toReversed toSorted with toString".split(" "),
  );
  const callbackMethod = fc.constantFrom(
    ..."map filter find findIndex findLast findLastIndex some every flatMap reduce reduceRight toSorted".split(
      " ",
    ),
  );
  const called = fc.constantFrom(
    ..."String Number Boolean parseInt parseFloat isNaN isFinite Math.max Math.min Math.floor Math.round Math.abs Math.sign Number.isInteger Array.isArray Object.keys Object.values Object.entries JSON.stringify JSON.parse Array.from".split(
      " ",
    ),
  );
  const args = fc.array(part, { maxLength: 2 }).map((list) => list.join(", "));
  return {
    expression: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      leaf,
      fc.tuple(part, binary, part).map(([left, operator, right]) => `((${left}) ${operator} (${right}))`),
      fc.tuple(unary, part).map(([operator, operand]) => `(${operator}(${operand}))`),
      fc.tuple(part, part, part).map(([test, a, b]) => `(${test} ? ${a} : ${b})`),
      fc.array(part, { maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
      fc.tuple(part, part).map(([a, b]) => `[...(${a}), ${b}]`),
      fc.tuple(part, part).map(([a, b]) => `({ a: ${a}, ...(${b}) })`),
      fc.tuple(part, part).map(([a, b]) => `\`\${${a}}-\${${b}}\``),
      fc.tuple(part, part).map(([a, key]) => `(${a})?.[Number(${key})]`),
      fc.tuple(part, fc.constantFrom("a", "b", "length", "q")).map(([a, key]) => `(${a})?.${key}`),
      fc.tuple(part, fc.constantFrom("a", "b", "length", "q")).map(([a, key]) => `(${a}).${key}`),
      fc.tuple(part, textMethod, args).map(([a, method, rest]) => `String(${a}).${method}(${rest})`),
      fc.tuple(part, listMethod, args).map(([a, method, rest]) => `Object.values(${a}).${method}(${rest})`),
      fc
        .tuple(part, callbackMethod, part)
        .map(([a, method, body]) => `Object.values(${a}).${method}((n, l) => ${body})`),
      fc.tuple(called, args).map(([name, rest]) => `${name}(${rest})`),
    ),
  };
});

const names = Object.keys(context);

function inJavaScript(text: string): unknown {
  try {
    return new Function(...names, `"use strict"; return (${text}\n);`)(
      ...Object.values(structuredClone(context)),
    );
  } catch {
    return "throws";
  }
}

test("random expressions of the subset mean what they mean in JavaScript", () => {
  let agreed = 0;
  fc.assert(
    fc.property(expression, (text) => {
      const parsed = parseExpression(text, { names });
      // Only what is too large is not there for Pulse, and a list of keys for JSON.stringify.
      if (!parsed.ok) {
        expect(parsed.problems[0]?.code).toMatch(/too_complex|too_long/);
        return;
      }
      const result = evaluate(parsed.expression, context, { now: 0 });
      if (!result.ok && /too_|over_budget|list of keys/.test(result.problem.code + result.problem.message))
        return;
      expect(result.ok ? result.value : "throws").toStrictEqual(inJavaScript(text));
      agreed++;
    }),
    { numRuns: 8000 },
  );
  expect(agreed).toBeGreaterThan(6000);
}, 120_000);
