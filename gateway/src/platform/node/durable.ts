import { mkdir, open, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** Writes a small file for its owner alone: after a loss of power it is there as it was before or as it is now, and never in part. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const beside = `${path}.tmp`;
  await writeFile(beside, text, { mode: 0o600, flush: true });
  await rename(beside, path);
  await syncFolder(dirname(path));
}

/** Makes durable which names a folder holds: a name that was given by a rename outlives the machine only then. */
export async function syncFolder(folder: string): Promise<void> {
  const opened = await open(folder, "r");
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}

/** Makes a folder, and durable that it is there. */
export async function makeFolder(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true });
  if (made === undefined) return;
  for (let one = dirname(folder); one.length >= dirname(made).length; one = dirname(one)) {
    await syncFolder(one);
    if (one === dirname(one)) return;
  }
}
