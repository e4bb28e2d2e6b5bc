import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const named = /^pulse-cell-(\d+)-/;

/** A folder for one sandbox. Not in the state folder: paths of unix sockets are short (107 bytes). Its name says whose it is. */
export function makeCellFolder(root = tmpdir()): Promise<string> {
  return mkdtemp(join(root, `pulse-cell-${process.pid}-`));
}

/** Removes folders that runners of this user left when they were killed: those of processes that are gone. */
export async function sweepCellFolders(root = tmpdir()): Promise<void> {
  const own = process.getuid?.();
  for (const name of await readdir(root)) {
    const pid = named.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const path = join(root, name);
    const found = await stat(path).catch(() => null);
    if (found === null || (own !== undefined && found.uid !== own)) continue;
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  if (existsSync(`/proc/${pid}`)) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Someone else's process is alive, though it may not be signalled.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
