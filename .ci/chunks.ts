import { posix } from "node:path";

const staticImport = /\b(?:import|from)\s*["'](\.{1,2}\/[^"']+\.js)["']/g;
const dynamicImport = /\bimport\(\s*[`"'](\.{1,2}\/[^`"']+\.js)[`"']/g;

/** The chunks that these import statically, over any number of steps, themselves included. `read` gives a chunk's text by its path. */
export function importedWith(paths: readonly string[], read: (path: string) => string): Set<string> {
  const all = new Set<string>();
  const waiting = [...paths];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (all.has(path)) continue;
    all.add(path);
    waiting.push(...namedIn(path, read(path), staticImport));
  }
  return all;
}

/** The chunks that a chunk loads when it needs them. */
export function dynamicImportsOf(path: string, text: string): string[] {
  return namedIn(path, text, dynamicImport);
}

/** Every stylesheet that a page or one of the chunks names. */
export function styleSheetsOf(html: string, chunks: readonly string[]): Set<string> {
  const inHtml = [...html.matchAll(/href="\/([^"]+\.css)"/g)];
  const inChunks = chunks.flatMap((text) => [...text.matchAll(/["'`]\/?(assets\/[^"'`]+\.css)["'`]/g)]);
  return new Set([...inHtml, ...inChunks].flatMap(([, path]) => path ?? []));
}

function namedIn(path: string, text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].flatMap(([, to]) =>
    to === undefined ? [] : [posix.join(posix.dirname(path), to)],
  );
}
