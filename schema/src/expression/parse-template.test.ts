// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts about such placeholders.
import { describe, expect, test } from "vitest";
import { hasTemplate, parseTemplate, type TemplateOptions } from "./parse-template.ts";
import { renderTemplate } from "./render-template.ts";

const context = {
  name: "web",
  count: 3,
  none: null,
  list: ["a", "b c", 7],
  item: { key: "in/1.csv" },
  yes: true,
  quote: "it's",
  nul: "a\0b",
};

function render(text: string, options: TemplateOptions = {}): unknown {
  const parsed = parseTemplate(text, options);
  if (!parsed.ok) return parsed.problems;
  const rendered = renderTemplate(parsed.template, context, { now: 1000 });
  return rendered.ok ? rendered.value : [rendered.problem];
}

function opened(...inner: string[]): string {
  return inner.map((part, index) => (index % 2 === 0 ? part : `\${{${part}}}`)).join("");
}

describe("a text", () => {
  test.each<[string, unknown]>([
    ["no template", "no template"],
    ["", ""],
    [opened("tier ", " name ", "!"), "tier web!"],
    [opened("", "name", "-", "count + 1", ""), "web-4"],
    [opened("", " list ", ""), ["a", "b c", 7]],
    [opened("", "count", ""), 3],
    [opened("", "none", ""), null],
    [opened("", "name.missing", ""), undefined],
    [opened("a", "none", "b"), "ab"],
    [opened("", "item", " and ", "list", ""), '{"key":"in/1.csv"} and ["a","b c",7]'],
    [opened("", "{ a: { b: '}}' } }", ""), { a: { b: "}}" } }],
    [opened("x", " `${name}}}` ", "x"), "xweb}}x"],
    [opened("", "now()", ""), 1000],
    ["date +%Y ${VAR} $? $(x) {{ }} }}", "date +%Y ${VAR} $? $(x) {{ }} }}"],
    [opened("$", " name ", ""), "${{ name }}"],
    [opened("$$", " name ", ""), "$${{ name }}"],
    [opened("", "name", "$", "name", ""), "web${{name}}"],
    [opened("$", "name", "", "name", ""), "${{name}}web"],
  ])("%j becomes %j", (text, expected) => {
    expect(render(text)).toStrictEqual(expected);
  });

  test.each<[string, string, number]>([
    [opened("a ", "name", " b ", "nam", ""), "unknown_name", 18],
    [opened("", " name +", ""), "syntax", 11],
    ["a ${{ name", "syntax", 3],
    [opened("", "", ""), "syntax", 4],
    [opened("", "name } }", ""), "syntax", 9],
    [opened("", "name, count", ""), "not_available", 4],
    [opened("", "raw(name)", ""), "not_available", 4],
    [opened("", "this.x", ""), "not_available", 4],
    [opened("", "name;", ""), "syntax", 8],
  ])("%j has the problem %s in column %i", (text, code, column) => {
    const parsed = parseTemplate(text, { names: Object.keys(context) });
    expect(parsed.ok ? [] : parsed.problems.map((problem) => [problem.code, problem.column])).toStrictEqual([
      [code, column],
    ]);
  });

  test("all its problems are told at once", () => {
    const parsed = parseTemplate(opened("", "nam", " ", "1 +", " ", "cout", ""), {
      names: ["name", "count"],
    });
    expect(parsed.ok ? [] : parsed.problems.map((problem) => problem.code)).toStrictEqual([
      "unknown_name",
      "syntax",
      "unknown_name",
    ]);
  });

  test("a value that is not there is a problem inside a text, at its column", () => {
    expect(render(opened("in/", "name.day", "/"))).toMatchObject([{ code: "missing_value", column: 7 }]);
    expect(render(opened("in/", "none.day", "/"))).toMatchObject([{ code: "wrong_type", column: 12 }]);
  });

  test("the templates of one text share a budget, and its length is bounded", () => {
    const heavy = "Array.from({ length: 9000 }, (_, i) => i).length";
    expect(render(opened("", heavy, " ", heavy, ""))).toBe("9000 9000");
    const many = Array.from({ length: 41 }, (_, index) => (index % 2 === 0 ? " " : heavy));
    expect(render(opened(...many))).toMatchObject([{ code: "over_budget" }]);
    const long = "'x'.repeat(600000)";
    expect(render(opened("", long, "", long, ""))).toMatchObject([{ code: "too_large" }]);
    expect(render(opened(...Array.from({ length: 2101 }, () => "1")))).toMatchObject([
      { code: "too_complex" },
    ]);
  });

  test("one with a template is told from one without", () => {
    expect(hasTemplate("a ${b} $((c))")).toBe(false);
    expect(hasTemplate(opened("a ", "b", ""))).toBe(true);
  });
});

describe("a command", () => {
  test.each<[string, string]>([
    [opened("echo ", "name", ""), "echo 'web'"],
    [opened("", "name", ""), "'web'"],
    [opened("echo ", "quote", ""), "echo 'it'\\''s'"],
    [opened("echo --n=", "count", "x ", "yes", ""), "echo --n='3'x 'true'"],
    [opened("echo ", "words(list)", ""), "echo 'a' 'b c' '7'"],
    [opened("echo ", "words([])", ""), "echo "],
    [opened("echo ", "raw(name + ' -v')", " x"), "echo web -v x"],
    [opened("echo ", "''", ""), "echo ''"],
    [opened("echo $", "name", ""), "echo ${{name}}"],
  ])("%j becomes %j", (text, expected) => {
    expect(render(text, { mode: "command" })).toBe(expected);
  });

  test.each<[string, string]>([
    [opened("echo ", "list", ""), "needs_words"],
    [opened("echo ", "item", ""), "needs_words"],
    [opened("echo ", "words(name)", ""), "needs_words"],
    [opened("echo ", "words([item])", ""), "needs_words"],
    [opened("rm -r /srv/", "name.missing", ""), "missing_value"],
    [opened("rm -r /srv/", "none", ""), "missing_value"],
    [opened("rm -r /srv/", "words([none])", ""), "missing_value"],
    [opened("echo ", "nul", ""), "nul"],
    [opened("echo ", "raw(nul)", ""), "nul"],
    [opened("echo ", "words([nul])", ""), "nul"],
    [opened("echo ", "'a' + raw(name)", ""), "not_available"],
    [opened("echo ", "raw(name, name)", ""), "syntax"],
    [opened("echo ", "words(...list)", ""), "syntax"],
    ["echo a\0b", "nul"],
    [opened("echo ", "raw(quote)", " ", "name", ""), "inside_quotes"],
    [opened("echo ", "raw('$')", "", "name", ""), "inside_quotes"],
    [opened("echo ", "words([])", "# isn't \n' ", "name", "'"), "inside_quotes"],
  ])("%j is refused: %s", (text, code) => {
    expect(render(text, { mode: "command" })).toMatchObject([{ code }]);
  });

  test("raw is reported, at its place", () => {
    const parsed = parseTemplate(opened("echo ", "name", " ", "raw(name)", ""), { mode: "command" });
    expect(parsed.ok && parsed.template.lints.map((lint) => lint.column)).toStrictEqual([19]);
  });
});
