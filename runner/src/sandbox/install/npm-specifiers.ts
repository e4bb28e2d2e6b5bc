import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readSpecifier } from "./npm-specifier.ts";
import { lineOf, refusedDependency } from "./plan.ts";

const isCode = /\.[cm]?[jt]sx?$/;
// `from "npm:x"`, `import "npm:x"`, `import("npm:x")`.
const imported = /\b(?:from|import)\s*\(?\s*(["'])(npm:[^"'\n]+)\1/g;

/** The packages that sources import by `npm:` specifiers, with their ranges. Throws `CodeError` for two ranges of one package. */
export async function npmSpecifiers(folder: string): Promise<Map<string, string>> {
  const ranges = new Map<string, string>();
  const names = await readdir(folder, { recursive: true });
  for (const name of names.filter((one) => isCode.test(one) && !/(^|\/)node_modules\//.test(one)).sort()) {
    const text = await readFile(join(folder, name), "utf8").catch(() => "");
    for (const [, , specifier = ""] of text.matchAll(imported)) {
      const read = readSpecifier(specifier);
      const line = lineOf(text, specifier);
      if (read === null) throw refusedDependency(`${specifier} is no package`, name, line);
      const known = ranges.get(read.name) ?? "*";
      if (known !== "*" && read.range !== "*" && known !== read.range) {
        const words = `${read.name} is imported as ${known} and as ${read.range}: one version of a package can be installed`;
        throw refusedDependency(words, name, line);
      }
      ranges.set(read.name, read.range === "*" ? known : read.range);
    }
  }
  return ranges;
}
