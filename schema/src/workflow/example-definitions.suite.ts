import { readFileSync } from "node:fs";
import type { Definition } from "./definition.ts";

/** The example definitions, parsed: three that use the whole format, and three that operators already run. */
export const exampleNames = [
  "patch-fleet",
  "nightly-import",
  "release",
  "backup-with-verification",
  "check-disk-space",
  "interactive-system-update",
] as const;

/** A fresh copy of an example. */
export function example(name: (typeof exampleNames)[number]): Definition {
  return JSON.parse(readFileSync(new URL(`examples/${name}.json`, import.meta.url), "utf8"));
}
