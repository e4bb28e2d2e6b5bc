import { expect, test } from "vitest";
import { siteFaults } from "./built-site.ts";

const pages = [
  { path: "index.html", language: "en" },
  { path: "a.html", language: "en" },
  { path: "es/index.html", language: "es" },
  { path: "es/a.html", language: "es" },
] as const;

const html = (language: string, body: string, head = "") =>
  `<html lang="${language}" dir="ltr"><head>${head}</head><body><h1 id="top" tabindex="-1">T</h1>${body}</body></html>`;

/** A small site without a fault, under `/docs/`. */
const whole = {
  "index.html": html("en", '<a class="x" href="/docs/a.html#top">a</a><a href="./es/">es</a>'),
  "a.html": html(
    "en",
    '<a href="#top">up</a><a href="./llms.txt">list</a><a href="https://example.test">x</a>',
  ),
  "es/index.html": html("es", '<a href="./a.html?x=1#top">a</a><a href="../">en</a>'),
  "es/a.html": html("es", '<a href="/docs/es/">index</a>'),
  ...Object.fromEntries(["index.md", "a.md", "es/index.md", "es/a.md"].map((path) => [path, "# T\n"])),
  "assets/chunks/@localSearchIndexroot.1.js": '{"0":"/docs/#top","1":"/docs/a.html#top"}',
  "assets/chunks/@localSearchIndexes.1.js": '{"0":"/docs/es/#top","1":"/docs/es/a.html#top"}',
  "llms.txt": "- [T](index.md)\n- [T](a.md)\n",
  "es/llms.txt": "- [T](index.md)\n- [T](a.md): x\n\n- [English](../llms.txt)\n",
};

const faultsOf = (change: Record<string, string | null>) => {
  const files = Object.entries({ ...whole, ...change }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  );
  return siteFaults(new Map(files), { pages, base: "/docs/" });
};

test("a whole site has no fault", () => {
  expect(faultsOf({})).toEqual([]);
});

test.each<[what: string, change: Record<string, string | null>, fault: string]>([
  ["a missing page", { "es/a.html": null }, "es/a.html is not there"],
  ["a page in the other language", { "es/a.html": html("en", "") }, 'es/a.html says that it is in "en"'],
  ["a page without a heading", { "a.html": '<html lang="en"></html>' }, "a.html has no heading"],
  ["no plain twin", { "es/a.md": null }, "es/a.html has no plain twin es/a.md"],
  ["a page where a twin should be", { "a.md": "<html>" }, "a.html has no plain twin a.md"],
  ["a dead link", { "a.html": html("en", '<a href="b.html">b</a>') }, "a.html links to b.html, which is not"],
  ["a link out of the site", { "a.html": html("en", '<a href="/b.html">b</a>') }, "links to /b.html, which"],
  [
    "a link to no heading",
    { "es/a.html": html("es", '<a href="../a.html#none">b</a>') },
    "es/a.html links to a.html#none, which has no such heading",
  ],
  [
    "a page that nothing leads to",
    { "es/index.html": html("es", "") },
    "no link leads from the first page to es/a.html",
  ],
  ["no search", { "assets/chunks/@localSearchIndexes.1.js": null }, 'no search in "es"'],
  [
    "a search that lacks a page",
    { "assets/chunks/@localSearchIndexroot.1.js": '{"0":"/docs/#top"}' },
    'the search in "en" does not know /docs/a.html',
  ],
  ["no list for programs", { "es/llms.txt": null }, "there is no es/llms.txt"],
  ["a list that lacks a page", { "llms.txt": "- [T](index.md)\n" }, "llms.txt does not name a.md"],
  [
    "a list that names what is not there",
    { "llms.txt": "- [T](index.md)\n- [T](a.md)\n- [T](b.md)\n" },
    "llms.txt names b.md, which is not there",
  ],
  [
    "a font of another host",
    { "a.html": html("en", "", '<link rel="stylesheet" href="https://fonts.example.test/a.css">') },
    "a.html loads https://fonts.example.test/a.css from elsewhere",
  ],
  [
    "a script of another host",
    { "a.html": html("en", '<script async src="//cdn.example.test/a.js"></script>') },
    "a.html loads //cdn.example.test/a.js from elsewhere",
  ],
])("%s is found", (_, change, fault) => {
  expect(faultsOf(change).join("\n")).toContain(fault);
});
