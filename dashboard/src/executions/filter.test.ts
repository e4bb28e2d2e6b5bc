import { expect, test } from "vitest";
import { readSearch } from "../ui/read-search.ts";
import { filterSearch, isChosen, sinceTime, toggled } from "./filter.ts";

test("parameters that fit are read, those that do not are as if they were not there", () => {
  const read = (params: Record<string, string>) => readSearch(filterSearch, params);
  expect(read({ status: "failed,dead", name: "hello", since: "1h" })).toEqual({
    status: ["failed", "dead"],
    name: "hello",
    since: "1h",
  });
  expect(read({ status: "broken", since: "yesterday", kind: "x", other: "1" })).toEqual({});
});

test("a group is added and taken out without touching the others", () => {
  expect(toggled("failed")).toBe("failed,dead");
  expect(toggled("lost", ["failed", "dead"])).toBe("failed,dead,lost");
  expect(toggled("failed", ["failed", "dead", "lost"])).toBe("lost");
  expect(toggled("lost", ["lost"])).toBeUndefined();
  expect(isChosen("failed", ["failed"])).toBe(false);
});

test("a span begins at a whole minute", () => {
  expect(sinceTime("1h", Date.parse("2026-01-01T12:30:59.999Z"))).toBe("2026-01-01T11:30:00.000Z");
});
