import { existsSync, readFileSync } from "node:fs";
import { readFile, realpath } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { build, type Message, type Metafile, type Plugin } from "esbuild";
import { isCommonJs, loadedAs, requireBanner } from "./common-js.ts";
import { readSpecifier } from "./install/npm-specifier.ts";
import type { CallError } from "./outcome.ts";

/** The file that is imported for a TypeScript function. */
export const bundled = ".pulse-bundle.mjs";

/** Code that cannot be loaded: the error is the function's. */
export class CodeError extends Error {
  readonly callError: CallError;
  constructor(callError: CallError) {
    super(callError.message);
    this.name = "CodeError";
    this.callError = callError;
  }
}

/** What is made one file of: the entry, and of an OpenWhisk action the function that is called. */
export interface Bundled {
  entry: string;
  action?: string | null;
}

/** Makes one file of everything that is the user's own, beside the sources that its map names; packages stay outside. Throws `CodeError`. */
export async function bundle(folder: string, of: Bundled): Promise<void> {
  if (isCommonJs(await bundleWith(folder, of, ""))) await bundleWith(folder, of, requireBanner);
}

async function bundleWith(
  folder: string,
  { entry, action = null }: Bundled,
  banner: string,
): Promise<Metafile> {
  const root = await realpath(folder);
  try {
    const { metafile } = await build({
      metafile: true,
      banner: { js: banner },
      absWorkingDir: folder,
      entryPoints: [entry],
      outfile: join(folder, bundled),
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      packages: "external",
      jsx: "automatic",
      sourcemap: "linked",
      sourcesContent: false,
      logLevel: "silent",
      // A tsconfig above the bundle is the runner's, not the user's.
      tsconfigRaw: existsSync(join(folder, "tsconfig.json"))
        ? await readFile(join(folder, "tsconfig.json"), "utf8")
        : "{}",
      plugins: [specifiers, installed(root), confined(root, action === null ? null : { entry, action })],
    });
    return metafile;
  } catch (error) {
    throw codeErrorOf(error);
  }
}

/** `npm:name@range/path` is the package that was installed for it. */
const specifiers: Plugin = {
  name: "specifiers",
  setup(setup) {
    setup.onResolve({ filter: /^npm:/ }, ({ path }) => {
      const read = readSpecifier(path);
      return read === null ? undefined : { path: `${read.name}${read.path}`, external: true };
    });
  },
};

/** Refuses every file outside the bundle: an import of the runner's own files must not become part of user code. */
function confined(folder: string, action: { entry: string; action: string } | null): Plugin {
  return {
    name: "confined",
    setup(setup) {
      setup.onLoad({ filter: /.*/ }, async ({ path }) => {
        const inside = relative(folder, await realpath(path));
        if (inside !== ".." && !inside.startsWith(`..${sep}`) && !isAbsolute(inside))
          return loadedAs(
            await readFile(path, "utf8"),
            inside.replaceAll(sep, "/"),
            inside === action?.entry ? action.action : null,
          );
        return { errors: [{ text: "imports must stay inside the bundle" }] };
      });
    },
  };
}

/** Names a package that is imported and not there with the place of the import, which a bundle could not tell any more. */
function installed(folder: string): Plugin {
  const asking = Symbol("asking");
  return {
    name: "installed",
    setup(setup) {
      setup.onResolve({ filter: /^[^./#][^:]*$/ }, async (asked) => {
        const { path, importer, kind, resolveDir, pluginData } = asked;
        // What is imported while it runs may be missed; the JSX runtime is imported by no line of the user's.
        if (kind !== "import-statement" || pluginData === asking || /\/jsx-(dev-)?runtime$/.test(path))
          return;
        const name = path.split("/", path.startsWith("@") ? 2 : 1).join("/");
        if (isBuiltin(path) || isThere(folder, resolveDir, name)) return;
        // A tsconfig may give the name to a file of the bundle.
        const found = await setup.resolve(path, { importer, kind, resolveDir, pluginData: asking });
        if (found.errors.length === 0 && !found.external) return found;
        const text = `cannot find the package ${JSON.stringify(name)}: it is not among the dependencies`;
        return { errors: [{ text }] };
      });
    },
  };
}

/** As Node looks for packages, up to the bundle's own folder; a package may import itself by its name. */
function isThere(folder: string, from: string, name: string): boolean {
  if (existsSync(join(from, "node_modules", name))) return true;
  if (from !== folder && from.startsWith(folder)) return isThere(folder, dirname(from), name);
  return existsSync(join(folder, "package.json")) && nameOf(join(folder, "package.json")) === name;
}

function nameOf(path: string): unknown {
  try {
    const manifest: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof manifest === "object" && manifest !== null && "name" in manifest ? manifest.name : null;
  } catch {
    return null;
  }
}

function codeErrorOf(error: unknown): unknown {
  if (typeof error !== "object" || error === null || !("errors" in error)) return error;
  const [first] = error.errors as Message[];
  const place = first?.location;
  const where = place ? `${place.file}:${place.line}:${place.column + 1}: ` : "";
  return new CodeError({
    code: "init_error",
    ...(first?.pluginName ? {} : { name: "SyntaxError" }),
    message: `${where}${first?.text ?? "the code does not parse"}`,
    ...(place ? { file: place.file, line: place.line } : {}),
  });
}
