import { readdir, readFile, readlink } from "node:fs/promises";

const rounds = 10;

/**
 * Ends what a process left behind outside of its group (a child in a session of its own): on Linux every process of this user whose
 * environment or working folder names the cell's own folder, which each child inherits. A child that drops both, and any such child on
 * another system, is not found: only containers hold those.
 */
export async function killStrays(folder: string): Promise<void> {
  if (process.platform !== "linux") return;
  // A process may fork while it is looked for, so it is looked for until none is found.
  for (let round = 0; round < rounds; round++) {
    const strays = await findStrays(folder);
    if (strays.length === 0) return;
    for (const pid of strays) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    }
  }
}

/** The processes that have the folder in their environment, or work in it; none but on Linux. */
export async function findStrays(folder: string): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => ((await isOf(pid, folder)) ? [pid] : [])));
  return found.flat();
}

/** Processes of other users cannot be read, and are none of ours. */
async function isOf(pid: number, folder: string): Promise<boolean> {
  if (pid === process.pid) return false;
  const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
  if (environment.split("\0").includes(`TMPDIR=${folder}`)) return !(await isZombie(pid));
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => "");
  return (cwd === folder || cwd.startsWith(`${folder}/`)) && !(await isZombie(pid));
}

async function isZombie(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ") Z");
  return /\) [ZX]/.test(stat);
}
