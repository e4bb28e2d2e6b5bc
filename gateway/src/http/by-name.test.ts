import { expect, test } from "vitest";
import { byName } from "./by-name.ts";

test("a name that comes once has a text, one that comes again a list, in order", () => {
  const all = byName(new URLSearchParams("a=1&b=2&a=3&a=&__proto__=x"));
  expect(Object.entries(all)).toEqual([
    ["a", ["1", "3", ""]],
    ["b", "2"],
    ["__proto__", "x"],
  ]);
});

test("half a million times the same name is gathered in a moment", () => {
  const { a } = byName(new URLSearchParams("a&".repeat(500_000)));
  expect(a).toHaveLength(500_000);
});
