import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { callbackMethods } from "./callback-methods.ts";
import { commandFunctions, constants, functions } from "./functions.ts";
import { expressionLimits } from "./limits.ts";
import { listMethods } from "./list-methods.ts";
import { numberMethods } from "./number-methods.ts";
import { parseExpression } from "./parse-expression.ts";
import { parseTemplate } from "./parse-template.ts";
import { textMethods } from "./text-methods.ts";
import { binaryOperators, unaryOperators } from "./tree.ts";

const page = readFileSync(new URL("../../../docs/expressions.md", import.meta.url), "utf8");

function cells(title: string): string {
  const row = page.split("\n").find((line) => line.startsWith(`| ${title} |`)) ?? "";
  return row.slice(title.length + 4);
}

test.each<[string, Iterable<string>]>([
  ["Unary operators", unaryOperators],
  ["Binary operators", binaryOperators],
  ["Methods of texts", textMethods.keys()],
  ["Methods of lists", listMethods.keys()],
  ["Methods of lists with a function", callbackMethods.keys()],
  ["Methods of numbers", numberMethods.keys()],
  ["Functions", functions.keys()],
  ["Constants", constants.keys()],
  ["In commands only", commandFunctions],
])("docs/expressions.md lists all there is: %s", (title, names) => {
  const listed = [...cells(title).matchAll(/`([^`]+)`/g)].map(([, name]) => name?.replace("\\|", "|"));
  expect(listed.toSorted()).toStrictEqual([...names].toSorted());
});

test("docs/expressions.md has every limit", () => {
  const start = page.indexOf("| Limit |");
  const table = page.slice(start, page.indexOf("\n\n", start));
  const listed = [...table.matchAll(/ (\d+) \|$/gm)].map(([, limit]) => Number(limit));
  expect(listed).toStrictEqual(Object.values(expressionLimits));
});

test("the examples of docs/expressions.md are expressions and templates", () => {
  const [javascript, shell] = ["js", "sh"].map((language) => {
    const start = page.indexOf(`\`\`\`${language}\n`) + language.length + 4;
    return page.slice(start, page.indexOf("\n```", start));
  });
  const lines = javascript?.split("\n") ?? [];
  expect(lines.length).toBeGreaterThan(3);
  for (const line of lines) expect(parseExpression(line)).toMatchObject({ ok: true });
  expect(parseTemplate(shell ?? "", { mode: "command", names: ["inputs"] })).toMatchObject({
    ok: true,
    template: { parts: { length: 4 } },
  });
});
