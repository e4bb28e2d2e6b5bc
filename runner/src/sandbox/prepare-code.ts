import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, realpath, rename, rm } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import type { Runtime } from "@pulse/schema/wire/manifest";
import { build, type Message, type Plugin } from "esbuild";
import type { CallError } from "./outcome.ts";
import { unpack } from "./unpack.ts";

/** The file that is imported for a TypeScript function. */
const bundled = ".pulse-bundle.mjs";
const bundleLimits = { files: 2000, bytes: 50 * 2 ** 20 };
const depsLimits = { files: 200_000, bytes: 2 * 2 ** 30 };

/** Code on the runner's disk, ready to be loaded: a folder and the file in it to import. */
export interface PreparedCode {
  folder: string;
  entry: string;
}

/** What code is prepared from. */
export interface CodeSource {
  version: string;
  runtime: Runtime;
  entry: string;
  /** Path of the verified bundle. */
  bundle: string;
  /** Path of the verified archive of built dependencies. */
  deps: string | null;
}

/** Code that cannot be loaded: the error is the function's. */
export class CodeError extends Error {
  readonly callError: CallError;
  constructor(callError: CallError) {
    super(callError.message);
    this.name = "CodeError";
    this.callError = callError;
  }
}

/** Prepares versions once each: unpacked, TypeScript bundled with its source map, dependencies beside. Concurrent needs share one run. */
export class CodeShelf {
  readonly #folder: string;
  readonly #running = new Map<string, Promise<PreparedCode>>();
  readonly #ready = new Map<string, PreparedCode>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The prepared code, when it is there already. */
  known(version: string, deps: string | null): PreparedCode | undefined {
    return this.#ready.get(`${version}/${deps}`);
  }

  /** Throws `CodeError` for code that does not parse, `ProblemError` for a bad bundle. */
  prepare(source: CodeSource, depsKey: string | null): Promise<PreparedCode> {
    const key = `${source.version}/${depsKey}`;
    const known = this.#running.get(key);
    if (known !== undefined) return known;
    const running = this.#prepare(source, depsKey)
      .then((code) => {
        this.#ready.set(key, code);
        return code;
      })
      .finally(() => this.#running.delete(key));
    this.#running.set(key, running);
    return running;
  }

  async #prepare(source: CodeSource, depsKey: string | null): Promise<PreparedCode> {
    const name = depsKey === null ? source.version : `${source.version}-${depsKey.slice(0, 16)}`;
    const folder = join(this.#folder, name);
    const entry = source.runtime === "typescript" ? bundled : source.entry;
    const code = { folder: join(folder, "code"), entry };
    if (existsSync(folder)) return code;
    const beside = `${folder}.${randomUUID()}`;
    try {
      const sources = join(beside, "code");
      await mkdir(sources, { recursive: true });
      await unpack(source.bundle, sources, bundleLimits);
      if (source.deps !== null) await unpack(source.deps, join(beside, "code"), depsLimits);
      if (source.runtime === "typescript") await bundle(sources, source.entry);
      await chmod(beside, 0o755);
      await rename(beside, folder);
    } catch (error) {
      await rm(beside, { recursive: true, force: true });
      if (existsSync(folder)) return code;
      throw error;
    }
    return code;
  }
}

/** One file of everything that is the user's own, beside the sources that its map names; packages stay outside. */
async function bundle(folder: string, entry: string): Promise<void> {
  try {
    await build({
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
      plugins: [confined(await realpath(folder))],
    });
  } catch (error) {
    throw codeErrorOf(error);
  }
}

/** Refuses every file outside the bundle: an import of the runner's own files must not become part of user code. */
function confined(folder: string): Plugin {
  return {
    name: "confined",
    setup(setup) {
      setup.onLoad({ filter: /.*/ }, async ({ path }) => {
        const inside = relative(folder, await realpath(path));
        if (inside !== ".." && !inside.startsWith(`..${sep}`) && !isAbsolute(inside)) return undefined;
        return { errors: [{ text: "imports must stay inside the bundle" }] };
      });
    },
  };
}

function codeErrorOf(error: unknown): unknown {
  if (typeof error !== "object" || error === null || !("errors" in error)) return error;
  const [first] = error.errors as Message[];
  const place = first?.location;
  const where = place ? `${place.file}:${place.line}:${place.column + 1}: ` : "";
  return new CodeError({
    code: "init_error",
    name: "SyntaxError",
    message: `${where}${first?.text ?? "the code does not parse"}`,
    ...(place ? { file: place.file, line: place.line } : {}),
  });
}
