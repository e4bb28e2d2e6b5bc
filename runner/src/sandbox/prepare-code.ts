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

/** What keeps a shelf within its limits: it hears what is used, before it is, and when something came. */
export interface ShelfRoom {
  use(path: string): void;
  sweep(): Promise<void>;
}

/** The folder of a version with its dependencies, by name. */
export function shelfName(version: string, deps: string | null): string {
  return deps === null ? version : `${version}-${deps.slice(0, 16)}`;
}

/** The folder of unpacked dependencies on a shelf; no version is called like this. */
export function dependenciesIn(folder: string): string {
  return join(folder, "dependencies");
}

/** What code is prepared from. */
export interface CodeSource {
  version: string;
  runtime: Runtime;
  entry: string;
  /** Of an OpenWhisk action: the function that is called. */
  action?: string | null;
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
  /** By the name of its folder. */
  readonly #ready = new Map<string, PreparedCode>();
  readonly #room: ShelfRoom;

  constructor(folder: string, room: ShelfRoom = { use: () => undefined, sweep: async () => undefined }) {
    this.#folder = folder;
    this.#room = room;
    this.#dependencies = new UnpackedDependencies(dependenciesIn(folder), (path) => room.use(path));
  }

  /** The prepared code, when it is there already. */
  known(version: string, deps: string | null): PreparedCode | undefined {
    const name = shelfName(version, deps);
    const code = this.#ready.get(name);
    if (code !== undefined) this.#room.use(join(this.#folder, name));
    return code;
  }

  /** Forgets what was removed from the disk, by the name of its folder. */
  forget(name: string): void {
    this.#ready.delete(name);
  }

  /** Throws `CodeError` for code that does not parse, `ProblemError` for a bad bundle. */
  prepare(source: CodeSource, depsKey: string | null): Promise<PreparedCode> {
    const key = shelfName(source.version, depsKey);
    this.#room.use(join(this.#folder, key));
    const known = this.#running.get(key);
    if (known !== undefined) return known;
    const running = this.#prepare(source, depsKey)
      .then((code) => {
        this.#ready.set(key, code);
        void this.#room.sweep();
        return code;
      })
      .finally(() => this.#running.delete(key));
    this.#running.set(key, running);
    return running;
  }

  async #prepare(source: CodeSource, depsKey: string | null): Promise<PreparedCode> {
    const folder = join(this.#folder, shelfName(source.version, depsKey));
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
      if (source.runtime === "typescript") await bundle(sources, source);
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
