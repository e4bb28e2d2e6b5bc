import { expect, test } from "vitest";
import { nameField } from "../wire/fields.ts";
import { workflowNameOf } from "./workflow-name.ts";

test.each([
  ["Interactive System Update", "interactive-system-update"],
  ["check-disk-space", "check-disk-space"],
  ["  Copia de seguridad (año 2)! ", "copia-de-seguridad-ano-2"],
  ["_a__b_", "a__b"],
  ["日本", null],
  ["", null],
])("%j is kept as %j", (text, name) => {
  expect(workflowNameOf(text)).toBe(name);
  if (name !== null) expect(nameField.safeParse(name).success).toBe(true);
});

test("a long one is cut where a name may end", () => {
  const name = workflowNameOf(`${"a".repeat(62)} b`) ?? "";
  expect(name).toBe("a".repeat(62));
});
