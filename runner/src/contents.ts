import { createHash, randomUUID } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, open, rename, rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { ProblemError } from "@pulse/schema/problem";
import { getBuild, getBundle, putBundle } from "@pulse/schema/wire/runner-protocol";
import type { GatewayLink } from "./gateway.ts";

/** Stored content by digest on the runner's disk, fetched once however many ask at the same time. What goes when is the cache's affair (`cache/`). */
export class Contents {
  readonly #folder: string;
  readonly #link: GatewayLink;
  readonly #fetching = new Map<string, Promise<string>>();

  constructor(folder: string, link: GatewayLink) {
    this.#folder = folder;
    this.#link = link;
  }

  /** The path of the verified file. Throws `ProblemError`. */
  get(sha256: string, signal: AbortSignal): Promise<string> {
    const path = join(this.#folder, sha256);
    // A file that was dropped this very moment is fetched again.
    if (existsSync(path)) return touched(path).catch(() => this.#once(sha256, path, signal));
    return this.#once(sha256, path, signal);
  }

  #once(sha256: string, path: string, signal: AbortSignal): Promise<string> {
    const known = this.#fetching.get(sha256);
    if (known !== undefined) return known;
    const fetching = this.#fetch(sha256, path, signal).finally(() => this.#fetching.delete(sha256));
    this.#fetching.set(sha256, fetching);
    return fetching;
  }

  async #fetch(sha256: string, path: string, signal: AbortSignal): Promise<string> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const response = await this.#link.open(getBundle, { params: { sha256 }, signal });
    const beside = `${path}.${randomUUID()}.tmp`;
    const file = await open(beside, "wx", 0o600);
    const hash = createHash("sha256");
    try {
      for await (const chunk of response.body ?? []) {
        hash.update(chunk);
        await file.write(chunk);
      }
      const seen = hash.digest("hex");
      if (seen !== sha256) throw new ProblemError("invalid_bundle", `content ${sha256} arrived as ${seen}`);
      // Under its digest only what a loss of power leaves whole: nobody hashes it again.
      await file.sync();
      await file.close();
      await rename(beside, path);
    } catch (error) {
      await file.close().catch(() => undefined);
      await rm(beside, { force: true });
      throw error;
    }
    return path;
  }

  /** The digest that a build key stands for; null when nothing was built under it. Throws other `ProblemError`s. */
  async built(key: string, signal: AbortSignal): Promise<string | null> {
    try {
      return (await this.#link.call(getBuild, { params: { key }, signal })).contentSha256;
    } catch (error) {
      if (error instanceof ProblemError && error.code === "not_found") return null;
      throw error;
    }
  }

  /** Uploads a file under its digest. */
  async put(path: string, sha256: string, signal: AbortSignal): Promise<void> {
    const raw = Readable.toWeb(createReadStream(path)) as unknown as BodyInit;
    await this.#link.call(putBundle, {
      params: { sha256 },
      raw,
      headers: { "content-type": "application/gzip" },
      signal,
    });
  }
}

/** The file's time is when it was last used. */
async function touched(path: string): Promise<string> {
  const now = new Date();
  await utimes(path, now, now);
  return path;
}
