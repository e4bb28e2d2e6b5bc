import { dirname, extname } from "node:path";
import type { Loader, Metafile } from "esbuild";

// In two parts: where the runner itself is bundled, the whole words in a source are replaced by where that source was.
const ownUrl = `${"import.meta"}.url`;

/** Stands before a bundle with CommonJS modules in it: without it their `require` of packages and of Node's own modules throws in an ES module. */
export const requireBanner = [
  'import { createRequire as __pulseRequire } from "node:module";',
  'import { fileURLToPath as __pulsePath } from "node:url";',
  `const __pulseRoot = __pulsePath(new URL(".", ${ownUrl}));`,
  `globalThis.require ??= __pulseRequire(${ownUrl});`,
].join(" ");

/** Whether a bundle has a CommonJS module in it. */
export function isCommonJs({ inputs }: Metafile): boolean {
  return Object.values(inputs).some(({ format }) => format === "cjs");
}

const loaders: Readonly<Record<string, Loader>> = { ".js": "js", ".cjs": "js", ".ts": "ts", ".cts": "ts" };
const isModule = /^\s*(import\b(?!\s*\()|export\b)|\bimport\.meta\b/m;
const exportsSome = /\bexports\b|^\s*export\b/m;
const tellsPlace = /\b__(dirname|filename)\b/;
const definesPlace = /\b__(dirname|filename)\s*=[^=]|\b(const|let|var)\s*\{[^}]*__(dirname|filename)/;

/** How a file is loaded where CommonJS needs more than the bundler gives; undefined: as it is. `path` is below the bundle. */
export function loadedAs(
  text: string,
  path: string,
  action: string | null,
): { contents: string; loader: Loader } | undefined {
  const loader = loaders[extname(path)];
  if (loader === undefined || isModule.test(text)) return undefined;
  const contents = withAction(withPlaces(text, path), action);
  return contents === text ? undefined : { contents, loader };
}

/** A CommonJS module has its own `__dirname` and `__filename`; no line moves. */
function withPlaces(text: string, path: string): string {
  if (!tellsPlace.test(text) || definesPlace.test(text)) return text;
  // Only the shell's line must stay first: a bundle is strict without its directive.
  const [first = ""] = /^#!.*\r?\n/.exec(text) ?? [];
  const folder =
    dirname(path) === "." ? "__pulseRoot.slice(0, -1)" : `__pulseRoot + ${JSON.stringify(dirname(path))}`;
  const places = `var __dirname = ${folder}, __filename = __pulseRoot + ${JSON.stringify(path)};`;
  return `${first}${places} ${text.slice(first.length)}`;
}

/** OpenWhisk calls a function by its name, exported or not. */
function withAction(text: string, action: string | null): string {
  if (action === null || exportsSome.test(text)) return text;
  return `${text}\nif (typeof ${action} === "function") exports.${action} = ${action};`;
}
