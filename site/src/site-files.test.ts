import { expect, test } from "vitest";
import type { Page } from "./pages.ts";
import { siteFiles } from "./site-files.ts";

const section = { en: "Begin", es: "Empezar" };

function page(id: string, en: string, es: string | null = null, more: Partial<Page> = {}): Page {
  const file = `docs/${id}.md`;
  return {
    ...{ id, section, title: { en: id, es: id } },
    en: { file, text: `# ${id}\n\n${en}\n` },
    es: es === null ? null : { file: `docs/${id}.es.md`, text: `# ${id}\n\n${es}\n` },
    ...more,
  };
}

function madeOf(pages: Page[], there: string[] = []) {
  const { files, dead } = siteFiles(pages, (file) => there.includes(file));
  return { texts: Object.fromEntries(files.map(({ path, text }) => [path, text])), dead };
}

test("a page without a translation is there in English, and says so", () => {
  const { texts } = madeOf([page("a", "Hello."), page("b", "Hello.", "Hola.")]);
  expect(texts["es/a.md"]).toContain("todavía no está traducida");
  expect(texts["es/a.md"]).toContain("Hello.");
  expect(texts["es/b.md"]).not.toContain("todavía");
  expect(texts["b.md"]).toContain("Hello.");
});

test("a link stays in its language, and leads to the other where it names it", () => {
  const pages = [
    page("a", "[b](b.md), [es](a.es.md)", "[b](b.es.md), [en](a.md), [b](b.md)"),
    page("b", "x", "y"),
  ];
  const { texts, dead } = madeOf(pages);
  expect(dead).toEqual([]);
  expect(texts["a.md"]).toContain("[b](./b.md), [es](./es/a.md)");
  expect(texts["es/a.md"]).toContain("[b](./b.md), [en](../a.md), [b](./b.md)");
});

test("a line that only leads to the other language is left out: the site has a menu for that", () => {
  const { texts } = madeOf([page("a", "[Español](a.es.md)\n\nHello.", "[English](a.md)\n\nHola.")]);
  expect(texts["a.md"]).toBe("# a\n\nHello.\n");
  expect(texts["es/a.md"]).toBe("# a\n\nHola.\n");
});

test("a link to a heading that only English has leads there", () => {
  const pages = [page("a", "[b](b.md#more)"), page("b", "## More", "## Más")];
  const { texts, dead } = madeOf(pages);
  expect(dead).toEqual([]);
  expect(texts["es/a.md"]).toContain("[b](../b.md#more)");
});

test("links that lead nowhere are found: to pages, to headings, on the page itself", () => {
  const { dead } = madeOf([page("a", "[x](nowhere.md) [y](b.md#none) [z](#none)"), page("b", "x")]);
  expect(new Set(dead.map(({ target }) => target))).toEqual(
    new Set(["nowhere.md", "docs/b.md#none", "#none"]),
  );
});

test("what is in the repository and is no page is named", () => {
  const { texts, dead } = madeOf(
    [page("a", "[rules](../install/observe) and [install/observe](../install/observe)")],
    ["install/observe"],
  );
  expect(dead).toEqual([]);
  expect(texts["a.md"]).toContain("rules (`install/observe`) and install/observe");
});

test("a block that is a file is titled with its name", () => {
  const { texts } = madeOf([page("a", "```yaml release.yaml\nsteps: []\n```")]);
  expect(texts["a.md"]).toContain("```yaml [release.yaml]\nsteps: []\n```");
});
