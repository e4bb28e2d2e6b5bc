import { createHash, randomUUID } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { ProblemError } from "@pulse/schema/problem";
import { getBundle, putBundle } from "@pulse/schema/wire/runner-protocol";
import type { GatewayLink } from "./gateway.ts";

/** Stored content by digest on the runner's disk, fetched once however many ask at the same time. */
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
    if (existsSync(path)) return Promise.resolve(path);
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
      await file.close();
      await rename(beside, path);
    } catch (error) {
      await file.close().catch(() => undefined);
      await rm(beside, { force: true });
      throw error;
    }
    return path;
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
