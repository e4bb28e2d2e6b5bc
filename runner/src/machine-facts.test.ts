import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { machineFacts } from "./machine-facts.ts";

test("the archive is what `current` names, and none where that is not there yet", () => {
  const folder = mkdtempSync(join(tmpdir(), "pulse-facts-"));
  expect(machineFacts(true, folder)).toMatchObject({ bundle: null });
  symlinkSync("versions/abc", join(folder, "current"));
  expect(machineFacts(true, folder)).toMatchObject({ bundle: "abc" });
  rmSync(folder, { recursive: true });
});
