import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A part of the dashboard that comes when it is first shown: where it is asked for, its module, and the places whose texts come with it. */
export interface LazyPart {
  module: string;
  words: string[];
}

const lazyCall =
  /lazily(?:<[^(]*>)?\(\s*async \(\) =>\s*\(\s*await import\("([^"]+)"\)\s*\)\s*\.\w+\s*,?\s*(?:\[([^\]]*)\])?/g;
const staticImport = /^(?:import|export)\s(?!type\b)[^;]*?from\s"(\.{1,2}\/[^"]+\.tsx?)"/gm;
const dynamicImport = /import\("(\.{1,2}\/[^"]+\.tsx?)"\)/g;

/** What a source file asks for lazily; paths are absolute. */
export function lazyPartsOf(file: string): LazyPart[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(lazyCall)].map(([, module = "", words = ""]) => ({
    module: join(dirname(file), module),
    words: [...words.matchAll(/"(\w+)"/g)].flatMap(([, place]) => place ?? []),
  }));
}

/**
 * Every source file that may run once this one is loaded, over static imports and, unless only what comes `at once` counts, what is asked for
 * later; and the places whose texts come with those later parts.
 */
export function reachedFrom(file: string, atOnce = false): { files: Set<string>; words: Set<string> } {
  const files = new Set<string>();
  const words = new Set<string>();
  const waiting = [file];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (files.has(next) || !existsSync(next) || /\/words\//.test(next)) continue;
    files.add(next);
    const text = readFileSync(next, "utf8");
    if (!atOnce) for (const part of lazyPartsOf(next)) for (const place of part.words) words.add(place);
    for (const pattern of atOnce ? [staticImport] : [staticImport, dynamicImport])
      for (const [, to = ""] of text.matchAll(pattern)) waiting.push(join(dirname(next), to));
  }
  return { files, words };
}
