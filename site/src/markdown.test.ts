import { describe, expect, test } from "vitest";
import { anchorsOf, blocksOf, firstSentence, replaceLinks, slugOf, titleOf } from "./markdown.ts";

const page = `# What is kept: \`ctx.kv\`

[Español](x.es.md)

A function has a [store](kv.md#own) of its own. It needs no network.

\`\`\`ts index.ts
# no heading, and [no link](a.md)
\`\`\`

## Again
## Again
`;

test("a title is the first heading, without marks of code", () => {
  expect(titleOf(page)).toBe("What is kept: ctx.kv");
  expect(() => titleOf("text")).toThrow("no heading");
});

test.each([
  ["On Workers", "on-workers"],
  ["Commands on many machines: `pulse exec`", "commands-on-many-machines-pulse-exec"],
  ["Configuración", "configuración"],
  ["A — b", "a--b"],
  ["1. Start", "1-start"],
])("the anchor of %s is %s", (heading, slug) => {
  expect(slugOf(heading)).toBe(slug);
});

test("equal headings have anchors of their own, and code has none", () => {
  expect([...anchorsOf(page)]).toEqual(["what-is-kept-ctxkv", "again", "again-1"]);
});

test("links are replaced but for those in code", () => {
  const put = (label: string, target: string) => `<${label}|${target}>`;
  expect(replaceLinks(page, put)).toContain("a <store|kv.md#own> of its own");
  expect(replaceLinks(page, put)).toContain("[no link](a.md)");
  expect(replaceLinks("`[a](b)` and [`c`](d)", put)).toBe("`[a](b)` and <`c`|d>");
});

test("a page is told by its first sentence, without marks", () => {
  expect(firstSentence(page)).toBe("A function has a store of its own.");
  expect(firstSentence("# Only a title\n\n- a list\n")).toBe("");
});

describe("fenced blocks", () => {
  test("have a language, a file and lines", () => {
    expect(blocksOf(page)).toEqual([
      { language: "ts", file: "index.ts", text: "# no heading, and [no link](a.md)\n" },
    ]);
  });

  test("keep shorter fences that are in them", () => {
    const [block, ...more] = blocksOf("````md\n```sh\nls\n```\n````\n");
    expect(more).toEqual([]);
    expect(block?.text).toContain("ls");
  });
});
