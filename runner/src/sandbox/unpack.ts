import { createReadStream } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { ProblemError } from "@pulse/schema/problem";
import { extract } from "tar-stream";

export interface UnpackLimits {
  files: number;
  bytes: number;
}

/** Unpacks a tar.gz of plain files into a folder; refuses links, devices, absolute paths and paths that climb out. Throws `invalid_bundle`. */
export async function unpack(archive: string, folder: string, limits: UnpackLimits): Promise<string[]> {
  const paths: string[] = [];
  let bytes = 0;
  const reader = extract();
  const taken = (async () => {
    for await (const entry of reader) {
      const { name, type, size = 0, mode = 0 } = entry.header;
      const path = name.replace(/^(\.\/)+/, "").replace(/\/+$/, "");
      if (type === "directory") {
        entry.resume();
        continue;
      }
      if (type !== "file")
        throw new ProblemError("invalid_bundle", `plain files only, ${JSON.stringify(path)} is a ${type}`);
      if (
        path === "" ||
        path.startsWith("/") ||
        path.split("/").some((part) => part === ".." || part === "")
      ) {
        throw new ProblemError("invalid_bundle", `the path ${JSON.stringify(name)} leaves the bundle`);
      }
      bytes += size;
      if (paths.push(path) > limits.files || bytes > limits.bytes) {
        throw new ProblemError(
          "invalid_bundle",
          `at most ${limits.files} files of ${limits.bytes} bytes in all`,
        );
      }
      const target = join(folder, path);
      await mkdir(dirname(target), { recursive: true });
      // Code must not write its own files, but execution bits of installed tools are kept.
      const file = await open(target, "wx", mode & 0o111 ? 0o755 : 0o644);
      try {
        for await (const chunk of entry) await file.write(chunk as Buffer);
      } finally {
        await file.close();
      }
    }
  })();
  try {
    await Promise.all([pipeline(createReadStream(archive), createGunzip(), reader), taken]);
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    const known = await taken.then(
      () => null,
      (reason: unknown) => reason,
    );
    if (known instanceof ProblemError) throw known;
    throw new ProblemError(
      "invalid_bundle",
      `the archive cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return paths;
}
