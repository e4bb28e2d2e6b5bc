// A runner in a container of its own. Its process has the same number after each start, so that it would take folders of the one before for its own:
// nobody else uses this folder, and they are removed first.
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

mkdirSync(tmpdir(), { recursive: true, mode: 0o700 });
for (const name of readdirSync(tmpdir())) {
  if (/^pulse-cell-\d+-/.test(name)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
}
await import("../../programs/runner.mjs");
