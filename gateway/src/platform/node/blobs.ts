import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { ProblemError } from "@pulse/schema/problem";
import type { Blobs } from "../../ports.ts";
import { makeFolder, syncFolder } from "./durable.ts";

/** Content as files named by their digest: written beside, synced, then renamed, so that a file under its name is whole, and its name outlives the machine. */
export function fileBlobs(folder: string): Blobs {
  const pathOf = (sha256: string) => join(folder, sha256.slice(0, 2), sha256);
  return {
    async put(sha256, content) {
      const path = pathOf(sha256);
      await makeFolder(dirname(path));
      const beside = `${path}.${randomUUID()}.tmp`;
      const file = await open(beside, "wx", 0o600);
      const hash = createHash("sha256");
      let bytes = 0;
      try {
        for await (const chunk of content instanceof Uint8Array ? [content] : content) {
          hash.update(chunk);
          bytes += chunk.length;
          await file.write(chunk);
        }
        const seen = hash.digest("hex");
        if (seen !== sha256)
          throw new ProblemError("invalid_bundle", `the content hashes to ${seen}, not to ${sha256}`);
        await file.sync();
        await file.close();
        await rename(beside, path);
        await syncFolder(dirname(path));
      } catch (error) {
        await file.close().catch(() => undefined);
        await rm(beside, { force: true });
        throw error;
      }
      return bytes;
    },
    async get(sha256) {
      const path = pathOf(sha256);
      const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return null;
        throw error;
      });
      if (found === null) return null;
      // Node's web stream and the global one are the same class with two type declarations.
      const body = Readable.toWeb(createReadStream(path)) as unknown as ReadableStream<Uint8Array>;
      return { bytes: found.size, body };
    },
    async list(after, limit) {
      const digests: string[] = [];
      for (const shard of (await namesIn(folder)).filter((name) => /^[0-9a-f]{2}$/.test(name))) {
        if (after !== null && shard < after.slice(0, 2)) continue;
        const names = (await namesIn(join(folder, shard))).filter((name) => /^[0-9a-f]{64}$/.test(name));
        digests.push(...names.filter((name) => after === null || name > after));
        if (digests.length >= limit) break;
      }
      return digests.slice(0, limit);
    },
    async delete(sha256, storedBefore) {
      const path = pathOf(sha256);
      // Moved aside before it is looked at: what a `put` places there from now on is another file.
      const aside = `${path}.${randomUUID()}.tmp`;
      if (!(await movedTo(aside, path))) return false;
      const { mtimeMs } = await stat(aside);
      if (mtimeMs < storedBefore) {
        await rm(aside);
        return true;
      }
      await rename(aside, path);
      return false;
    },
  };
}

/** The names in a folder, in order; none when there is no such folder. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Moves a file; false when it is not there. */
async function movedTo(to: string, from: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
