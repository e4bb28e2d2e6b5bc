import { existsSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, test } from "vitest";
import { untranslated } from "./catalogue.ts";
import { llmsText } from "./llms.ts";
import { allPages } from "./pages.ts";
import { sidebarOf } from "./sidebar.ts";
import { siteFiles } from "./site-files.ts";

const root = new URL("../..", import.meta.url).pathname;
const pages = allPages(root);
const { files, dead } = siteFiles(pages, (file) => existsSync(join(root, file)));
const paths = new Set(files.map(({ path }) => path));
const linked = (language: "en" | "es") =>
  sidebarOf(pages, language)
    .flatMap(({ items }) => items)
    .map(({ link }) => `${link.slice(1)}.md`);

test("no link between pages leads nowhere", () => {
  expect(dead, dead.map(({ file, target }) => `${file}: ${target}`).join("\n")).toEqual([]);
});

test("the navigation names every page of docs/", () => {
  const ofDocs = ["docs", "docs/decisions"].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith(".md") && !name.endsWith(".es.md"))
      .map((name) => posix.join(folder.slice("docs".length), name).replace(/^\//, "")),
  );
  expect(ofDocs.length).toBeGreaterThan(75);
  expect(linked("en")).toEqual(expect.arrayContaining(ofDocs));
});

test("every translation in docs/ is that of a page", () => {
  const translations = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".es.md"));
  const known = pages.flatMap(({ es }) => (es === null ? [] : [es.file]));
  for (const name of translations) expect(known).toContain(`docs/${name}`);
});

test("Spanish has every page", () => {
  expect(linked("es")).toEqual(linked("en").map((path) => `es/${path}`));
});

test("what a newcomer reads first is translated, and what is not says so", () => {
  const says = (path: string) =>
    files.find((one) => one.path === `es/${path}.md`)?.text.includes(untranslated);
  for (const path of [
    "index",
    "tutorial",
    "guides",
    "readme",
    "install",
    "upgrading",
    "troubleshooting",
    "writing-workflows",
  ])
    expect([path, says(path)]).toEqual([path, false]);
  expect(says("endpoints")).toBe(true);
});

describe.each(["en", "es"] as const)("in %s", (language) => {
  test("every page of the navigation has a plain twin", () => {
    for (const path of linked(language)) expect(paths).toContain(path);
  });

  test("llms.txt names every page once, and every one that it names is there", () => {
    const names = [...llmsText(pages, language).matchAll(/^- \[.*?\]\(([^)]+\.md)\)/gm)].map(
      ([, path = ""]) => (language === "es" ? `es/${path}` : path),
    );
    expect([...names].sort()).toEqual(linked(language).sort());
    for (const path of names) expect(paths).toContain(path);
  });

  test("no page has two names in the navigation", () => {
    const named = sidebarOf(pages, language).flatMap(({ items }) => items.map(({ text }) => text));
    expect(named.filter((text, i) => named.indexOf(text) !== i)).toEqual([]);
  });
});
