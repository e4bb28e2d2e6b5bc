import { expect, test } from "vitest";
import { ranked } from "./rank.ts";

const all = [
  { id: "functions", text: "Functions" },
  { id: "executions", text: "Ejecuciones", also: "executions" },
  { id: "new", text: "New function" },
  { id: "theme", text: "Theme: Dark", also: "colours night" },
];
const found = (asked: string, recent: string[] = []) => ranked(all, asked, recent).map(({ id }) => id);

test.each([
  ["", ["functions", "executions", "new", "theme"]],
  ["fun", ["functions", "new"]],
  ["FUNCTION", ["functions", "new"]],
  ["ejecución", ["executions"]],
  ["executions", ["executions"]],
  ["dark theme", ["theme"]],
  ["night", ["theme"]],
  ["unc", ["functions", "new"]],
  ["nothing", []],
])("%j finds %j", (asked, ids) => {
  expect(found(asked)).toEqual(ids);
});

test("what was chosen lately comes first among what fits alike", () => {
  expect(found("", ["theme", "new"])).toEqual(["theme", "new", "functions", "executions"]);
  expect(found("unc", ["new"])).toEqual(["new", "functions"]);
  expect(found("e", ["theme"])[0]).toBe("executions");
});
