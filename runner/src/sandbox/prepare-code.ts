import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Runtime } from "@pulse/schema/wire/manifest";
import { bundle, bundled } from "./bundle.ts";
import { UnpackedDependencies } from "./install/unpacked.ts";
import { unpack } from "./unpack.ts";

const bundleLimits = { files: 2000, bytes: 50 * 2 ** 20 };

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

/** Prepares versions once each: unpacked, TypeScript bundled with its source map, dependencies beside. Concurrent needs share one run. */
export class CodeShelf {
  readonly #folder: string;
  readonly #dependencies: UnpackedDependencies;
  readonly #running = new Map<string, Promise<PreparedCode>>();
  readonly #ready = new Map<string, PreparedCode>();

  constructor(folder: string) {
    this.#folder = folder;
    // No version is called like this.
    this.#dependencies = new UnpackedDependencies(join(folder, "dependencies"));
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
      if (source.deps !== null && depsKey !== null)
        await this.#dependencies.place(depsKey, source.deps, sources);
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
