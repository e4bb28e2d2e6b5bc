import { describe, expect, test } from "vitest";
import { allPages, type Page } from "./pages.ts";
import { twinFaults } from "./twin-faults.ts";

const pages = allPages(new URL("../..", import.meta.url).pathname);
// What is made from the code is compared where it is made.
const translated = pages.filter(({ es, id }) => es !== null && id !== "troubleshooting");

test("pages are translated", () => {
  expect(translated.length).toBeGreaterThan(4);
});

test.each(translated.map((page) => [page.id, page] as const))(
  "%s says in Spanish what it says in English",
  (_, page) => {
    expect(twinFaults(page, pages)).toEqual([]);
  },
);

describe("a twin that drifted is found:", () => {
  const english =
    "# A\n\n[Español](a.es.md)\n\nRun `pulse doctor`, and see [b](b.md#x).\n\n## Two\n\n```sh\npulse doctor # well?\n```\n\n| a | b |\n|---|---|\n";
  const spanish =
    "# A\n\n[English](a.md)\n\nVea [b](b.es.md#y) y ejecute `pulse doctor`.\n\n## Dos\n\n```sh\npulse doctor # ¿bien?\n```\n\n| a | b |\n|---|---|\n";
  const page = (id: string, en: string, es: string): Page => ({
    ...{ id, section: { en: "", es: "" }, title: { en: id, es: id } },
    en: { file: `docs/${id}.md`, text: en },
    es: { file: `docs/${id}.es.md`, text: es },
  });
  const faultsOf = (es: string) => {
    const a = page("a", english, es);
    return twinFaults(a, [a, page("b", "# B\n", "# B\n")]);
  };

  test("not a faithful one", () => {
    expect(faultsOf(spanish)).toEqual([]);
  });

  test.each([
    ["a heading less", spanish.replace("## Dos\n\n", ""), "heading 2 of 2: ##, in Spanish nothing"],
    ["a heading more", `${spanish}\n## Tres\n`, "heading 3 of 2: nothing, in Spanish ##"],
    ["another level", spanish.replace("## Dos", "### Dos"), "heading 2 of 2: ##, in Spanish ###"],
    ["another command", spanish.replace("pulse doctor #", "pulse status #"), "block 1 of 1"],
    ["another language of a block", spanish.replace("```sh", "```console"), "block 1 of 1"],
    ["a block less", spanish.replace(/```sh[\s\S]*```\n/, ""), "block 1 of 1"],
    ["a row more", `${spanish}| c | d |\n`, "row of a table 3 of 2: nothing"],
    [
      "a cell less",
      spanish.replace("| a | b |", "| a |"),
      "row of a table 1 of 2: 3 bars, in Spanish 2 bars",
    ],
    ["a link less", spanish.replace("[b](b.es.md#y)", "b"), "linked page 1 of 1: docs/b.md"],
    [
      "a link to English",
      spanish.replace("b.es.md#y", "b.md#x"),
      "links to docs/b.md, which is there in Spanish",
    ],
    [
      "a command less",
      spanish.replace("`pulse doctor`", "eso"),
      "command in a sentence 1 of 1: `pulse doctor`",
    ],
  ])("%s", (_, es, fault) => {
    expect(faultsOf(es).join("\n")).toContain(fault);
  });
});
