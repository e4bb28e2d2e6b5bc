import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { ProblemError } from "@pulse/schema/problem";
import type { Blobs } from "../../ports.ts";

/** Content as files named by their digest: written beside, synced, then renamed, so that a file under its name is whole. */
export function fileBlobs(folder: string): Blobs {
  const pathOf = (sha256: string) => join(folder, sha256.slice(0, 2), sha256);
  return {
    async put(sha256, content) {
      const path = pathOf(sha256);
      await mkdir(dirname(path), { recursive: true });
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
  };
}
