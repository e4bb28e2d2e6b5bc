import { expect, test } from "vitest";
import { readSearch } from "../ui/read-search.ts";
import { executionsPath, filterOf, filterSearch, isChosen, toggled } from "./filter.ts";

test("an address speaks of one filter, whether as text or in parts; what does not fit is as if it were not there", () => {
  const read = (params: Record<string, string>) => filterOf(readSearch(filterSearch, params));
  expect(read({ status: "failed,dead", name: "hello", since: "1h" })).toBe(
    "status:failed,dead name:hello since:1h",
  );
  expect(read({ filter: "fn:a -status:dead" })).toBe("fn:a -status:dead");
  expect(read({ filter: "fn:a", q: 'say "hi"' })).toBe('fn:a "say \\"hi\\""');
  expect(read({ status: "broken", since: "yesterday", kind: "x", other: "1" })).toBe("");
});

test("a group is added and taken out without touching the others", () => {
  expect(toggled("failed", "fn:a")).toBe("fn:a status:failed,dead");
  expect(toggled("lost", "status:failed,dead fn:a")).toBe("fn:a status:failed,dead,lost");
  expect(toggled("failed", "status:failed,dead,lost")).toBe("status:lost");
  expect(toggled("lost", "status:lost")).toBe("");
  expect(toggled("active", "status:active")).toBe("");
  expect(isChosen("failed", "status:failed")).toBe(false);
  expect(isChosen("active", "status:Active,lost")).toBe(true);
});

test("the list's address has its filter", () => {
  expect(executionsPath("")).toBe("/executions");
  expect(executionsPath("fn:a since:1h", "c")).toBe("/executions?filter=fn%3Aa+since%3A1h&cursor=c");
});
