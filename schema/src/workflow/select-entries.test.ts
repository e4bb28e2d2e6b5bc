import { expect, test } from "vitest";
import { parseSelectEntry, treeOfSelect, treeText } from "./target-tree.ts";
import { validate } from "./validate.ts";

const step = (...targets: string[]) => ({ steps: [{ name: "a", type: "execute", command: "id", targets }] });
const codes = (definition: unknown) =>
  validate(definition).errors.map(({ pointer, code }) => [pointer, code]);

test("an entry of a list of targets may be an expression, beside plain ones and exclusions", () => {
  const read = treeOfSelect(["web & prod", "db-1", "!web-3"]);
  expect("tree" in read && treeText(read.tree)).toBe("((web & prod) | db-1) & !web-3");
  expect(parseSelectEntry("!web-3")).toMatchObject({ excluded: true });
  expect(parseSelectEntry("!web & prod")).toMatchObject({ excluded: false, tree: { kind: "and" } });
  expect(codes(step("web & !(prod | label:os=alpine)"))).toEqual([]);
});

test("one that cannot be read is told with its place, and words beside each other are no expression", () => {
  expect(codes(step("web & ("))).toEqual([["/steps/0/targets/0", "bad_target"]]);
  expect(codes(step("web prod"))).toEqual([["/steps/0/targets/0", "bad_target"]]);
});

test("what failed before is asked for in expressions where it is elsewhere: in onFailure and rollback", () => {
  expect(codes(step("web & @failed"))).toEqual([["/steps/0/targets/0", "target_out_of_place"]]);
});
