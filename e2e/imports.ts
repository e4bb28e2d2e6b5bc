import { posix } from "node:path";
import type { SourceFile } from "./source-files.ts";

/** One import or re-export of a file. */
export interface Import {
  /** As written. */
  specifier: string;
  /** A path from the repository's root for relative imports, else the specifier. */
  target: string;
  /** `import type`: nothing of it is there when the code runs. */
  isType: boolean;
  line: number;
}

const statement =
  /^[ \t]*(?:import|export)\s+(?<type>type\s)?(?:[^"';=()]*?\sfrom\s*)?["'](?<static>[^"'\n]+)["']|\bimport\(\s*["'](?<dynamic>[^"'\n]+)["']/gm;

/** The imports of a TypeScript or JavaScript file: static, re-exported and dynamic with a literal. Comments are passed over. */
export function importsOf({ path, text }: SourceFile): Import[] {
  const code = text.replace(/^[ \t]*(?:\/\/|\*|\/\*).*$/gm, "");
  return [...code.matchAll(statement)].map((match) => {
    const specifier = match.groups?.static ?? match.groups?.dynamic ?? "";
    return {
      specifier,
      target: specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : specifier,
      isType: match.groups?.type !== undefined,
      line: code.slice(0, (match.index ?? 0) + match[0].length).split("\n").length,
    };
  });
}
