import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { linkTree } from "../link-tree.ts";
import { unpack } from "../unpack.ts";

const limits = { files: 200_000, bytes: 2 * 2 ** 30 };

/** Archives of dependencies unpacked once each, however many versions have the same. */
export class UnpackedDependencies {
  readonly #folder: string;
  readonly #running = new Map<string, Promise<string>>();

  readonly #onUse: (path: string) => void;

  /** `onUse` hears which folder is about to be read, before it is. */
  constructor(folder: string, onUse: (path: string) => void) {
    this.#folder = folder;
    this.#onUse = onUse;
  }

  /** Places the files of a verified archive below `target`. */
  async place(sha256: string, archive: string, target: string): Promise<void> {
    this.#onUse(join(this.#folder, sha256));
    await linkTree(await this.#folderOf(sha256, archive), target);
  }

  #folderOf(sha256: string, archive: string): Promise<string> {
    const known = this.#running.get(sha256);
    if (known !== undefined) return known;
    const running = this.#unpack(sha256, archive).finally(() => this.#running.delete(sha256));
    this.#running.set(sha256, running);
    return running;
  }

  async #unpack(sha256: string, archive: string): Promise<string> {
    const folder = join(this.#folder, sha256);
    if (existsSync(folder)) return folder;
    const beside = `${folder}.${randomUUID()}`;
    try {
      await mkdir(beside, { recursive: true });
      await unpack(archive, beside, limits);
      await rename(beside, folder);
    } catch (error) {
      await rm(beside, { recursive: true, force: true });
      if (!existsSync(folder)) throw error;
    }
    return folder;
  }
}
