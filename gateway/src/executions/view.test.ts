import { expect, test } from "vitest";
import { cursorOf, positionOf } from "./view.ts";

test("a cursor names its position and nothing of it in plain", () => {
  const position = { createdAt: 1_760_000_000_000, id: "exe_01k742sg00wwe4wc0vdr9yghsj" };
  const cursor = cursorOf(position);
  expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
  expect(cursor).not.toContain("exe_");
  expect(positionOf(cursor)).toEqual(position);
});

test.each(["", "x", "%%%", "MQ", btoa("1.' OR 1=1")])("%j is no cursor", (text) => {
  expect(positionOf(text)).toBeNull();
});
