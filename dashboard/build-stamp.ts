import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** A digest of everything a build is made of: the dashboard's own sources, the contract it imports, and the runner that is handed out. */
export function stampOf(root: string): string {
  const hash = createHash("sha256");
  const places = [
    "src",
    "public",
    "index.html",
    "vite.config.ts",
    "bare-endpoints.ts",
    "definition-schema.ts",
    "start-chunks.ts",
    "without-json-schema.ts",
    "package.json",
    "../schema/src",
    ...["../runner/src", "../runner/release", "../runtimes/typescript", "../runtimes/python"],
    ...["../install/runner", "../install/systemd/pulse-runner.service", "../pnpm-lock.yaml"],
  ];
  for (const path of places.flatMap((place) => filesUnder(root, place))) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update("\0");
  }
  return hash.digest("hex");
}

function filesUnder(root: string, place: string): string[] {
  if (/\.[a-z]+$/.test(place)) return [place];
  return readdirSync(join(root, place), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(test|suite)\.tsx?$|\.pyc$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}
