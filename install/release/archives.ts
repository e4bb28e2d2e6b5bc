import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { run } from "../stage.ts";

/** Packs a folder whole, as the root of a tar.gz whose bytes depend on its content alone. Needs GNU tar and gzip. */
export async function packFolder(folder: string, file: string): Promise<void> {
  const same = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
  const form = ["--format=posix", "--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime"];
  await run("tar", [...same, ...form, "--use-compress-program=gzip -9n", "-cf", file, "."], folder);
}

/** Writes `SHA256SUMS` beside files, as `sha256sum --check` reads it. */
export async function writeSums(folder: string, files: readonly string[]): Promise<void> {
  const lines: string[] = [];
  for (const file of files) {
    const digest = createHash("sha256");
    await pipeline(createReadStream(file), digest);
    lines.push(`${digest.digest("hex")}  ${basename(file)}\n`);
  }
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "SHA256SUMS"), lines.join(""));
}
