import { expect, test } from "vitest";
import { dynamicImportsOf, importedWith, styleSheetsOf } from "./chunks.ts";

const chunks: Readonly<Record<string, string>> = {
  "assets/index-1.js": `import{a as b}from"./words-2.js";import"./side-3.js";const p=()=>import(\`./page-4.js\`);`,
  "assets/words-2.js": `import{c}from"./side-3.js";export{c}`,
  "assets/side-3.js": `import{a}from"./index-1.js"`,
  "assets/page-4.js": `import{x}from"./words-2.js";const e=()=>import("./editor-5.js")`,
};
const read = (path: string) => chunks[path] ?? "";

test("what is imported statically counts, over several steps and round circles; what is loaded later does not", () => {
  expect([...importedWith(["assets/index-1.js"], read)].sort()).toEqual([
    "assets/index-1.js",
    "assets/side-3.js",
    "assets/words-2.js",
  ]);
});

test("a chunk's dynamic imports are its pages", () => {
  expect(dynamicImportsOf("assets/index-1.js", read("assets/index-1.js"))).toEqual(["assets/page-4.js"]);
});

test("stylesheets of the page and of the chunks are found once each", () => {
  const html = `<link rel="stylesheet" crossorigin href="/assets/index-6.css">`;
  expect([...styleSheetsOf(html, [`["assets/page-7.css"]`, `"/assets/index-6.css"`])].sort()).toEqual([
    "assets/index-6.css",
    "assets/page-7.css",
  ]);
});
