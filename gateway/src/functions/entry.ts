import { ProblemError } from "@pulse/schema/problem";
import type { Language, Runtime, VersionSettings } from "@pulse/schema/wire/manifest";
import { styleEntries } from "@pulse/schema/wire/style";

const usual: Record<Language, readonly string[]> = {
  typescript: ["index.ts", "index.tsx", "index.mts", "index.js", "index.mjs"],
  python: ["main.py"],
};

/** The file whose exports are the function: the one named, or the first usual one; none for an image. Throws `invalid_bundle`. */
export function entryOf(
  runtime: Runtime,
  paths: readonly string[],
  named: string | undefined,
  style: Pick<VersionSettings, "lambda" | "openwhisk"> = {},
): string {
  if (runtime === "image") return "";
  if (named !== undefined) {
    if (paths.includes(named)) return named;
    throw new ProblemError("invalid_bundle", `the entry ${JSON.stringify(named)} is not in the bundle`);
  }
  const wanted = styleEntries(runtime, style) ?? usual[runtime];
  const found = wanted.find((path) => paths.includes(path));
  if (found !== undefined) return found;
  const seen = paths.slice(0, 10).join(", ");
  throw new ProblemError("invalid_bundle", `no entry: expected ${wanted.join(" or ")}, found ${seen}`);
}
