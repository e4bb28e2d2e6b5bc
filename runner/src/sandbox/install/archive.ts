import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { extract, pack } from "tar-stream";
import { type InstallLimits, sizeLimitWords } from "./limits.ts";

/** An archive of installed packages on this machine's disk. */
export interface Archive {
  sha256: string;
  files: number;
  /** Unpacked. */
  bytes: number;
}

/** What came from an install went beyond its limits, in words, or is no tree of packages. */
export class ArchiveRefused extends Error {
  override name = "ArchiveRefused";
}

/**
 * Takes the tar that an install wrote, of which nothing is trusted, and writes the plain files below `placed` as a tar.gz that is the same
 * for the same files. Throws `ArchiveRefused`.
 */
export async function takeArchive(
  source: Readable,
  placed: string,
  path: string,
  limits: Pick<InstallLimits, "bytes" | "files">,
): Promise<Archive> {
  const reader = extract();
  const writer = pack();
  const tally = { files: 0, bytes: 0 };
  const read = (async () => {
    for await (const entry of reader) {
      const { name, type, size = 0, mode = 0o644 } = entry.header;
      if (type !== "file" || !name.startsWith(`${placed}/`))
        throw new ArchiveRefused(`the install left ${JSON.stringify(name)}, which is no file of a package`);
      tally.files += 1;
      tally.bytes += size;
      if (tally.files > limits.files || tally.bytes > limits.bytes)
        throw new ArchiveRefused(sizeLimitWords(limits as InstallLimits));
      const kept = { name, size, mode: mode & 0o755, mtime: new Date(0) };
      await pipeline(entry, writer.entry(kept));
    }
    writer.finalize();
  })();
  const written = pipeline(writer, createGzip({ level: 4 }), createWriteStream(path, { mode: 0o600 }));
  try {
    await Promise.all([
      pipeline(source, reader),
      written,
      read.catch((error: unknown) => {
        reader.destroy();
        writer.destroy();
        throw error;
      }),
    ]);
  } catch (error) {
    // What was wrong with an entry says more than the broken pipe that follows from it.
    const first = await read.then(
      () => null,
      (reason: unknown) => reason,
    );
    await written.catch(() => undefined);
    throw first instanceof ArchiveRefused ? first : error;
  }
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return { sha256: hash.digest("hex"), ...tally };
}
