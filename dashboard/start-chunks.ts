import { join } from "node:path";

interface Modules {
  getModuleInfo(id: string): { importedIds: readonly string[] } | null;
}

const entry = join(import.meta.dirname, "src/main.tsx");
const ui = join(import.meta.dirname, "src/ui/");
/** They bring a library along that most pages do without. */
const heavyUi = /\/(?:ask-)?dialog\.tsx$/;

/**
 * The files that the dashboard is built into, where that is not left to the bundler: it would make one for each set of pages that share something, and a browser that
 * has six connections asks for a hundred small files in turns. What every page begins with is one file, and so are the small parts that nearly all pages show.
 * Of the contract each page has what it uses: most of that is told apart only when what is not used has been left out.
 */
export function chunkGroups() {
  let start: ReadonlySet<string> | null = null;
  const name = (id: string, modules: Modules): string | null => {
    start ??= reachedAtOnce(modules);
    if (id === entry) return null;
    if (start.has(id)) return "start";
    return id.startsWith(ui) && !heavyUi.test(id) ? "ui" : null;
  };
  return [
    { name: "contract", test: /\/schema\/src\/|\/node_modules\/zod\//, entriesAware: true, priority: 1 },
    { name, debugName: "start and ui" },
  ];
}

/** Every module that the entry imports statically, over any number of steps. */
function reachedAtOnce(modules: Modules): Set<string> {
  const all = new Set<string>();
  const waiting = [entry];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (all.has(id)) continue;
    all.add(id);
    waiting.push(...(modules.getModuleInfo(id)?.importedIds ?? []));
  }
  return all;
}
