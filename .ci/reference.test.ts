import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { referencePages } from "./reference-pages.ts";
import { codesWithoutGroup } from "./troubleshooting-pages.ts";

const root = new URL("..", import.meta.url).pathname;

test.each(referencePages())(
  "$path says what the code says (if not: pnpm run reference)",
  ({ path, text }) => {
    expect(readFileSync(join(root, path), "utf8")).toBe(text);
  },
);

test("troubleshooting tells of every problem code", () => {
  expect(codesWithoutGroup()).toEqual([]);
});
