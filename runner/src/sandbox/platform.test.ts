import { expect, test } from "vitest";
import { platformOf } from "./platform.ts";
import { findPython } from "./workshop.ts";

test("what prebuilt packages must fit is the version, the system, the processor and the C library", async () => {
  const node = await platformOf("typescript", null);
  const { versions, platform, arch } = process;
  expect(node).toContain(`node-${versions.node}-${platform}-${arch}`);
  if (platform === "linux") expect(node).toMatch(/-(glibc|musl)$/);
});

const python = findPython();
test.skipIf(python === null)("of Python too, and not where it stands", async () => {
  const found = await platformOf("python", python);
  expect(found).toMatch(/^python-cpython-3\d+-/);
  expect(found).not.toContain("/");
});
