import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { referencePages } from "./reference-pages.ts";

const root = new URL("..", import.meta.url).pathname;
for (const { path, text } of referencePages()) {
  writeFileSync(join(root, path), text);
  process.stdout.write(`${path}\n`);
}
