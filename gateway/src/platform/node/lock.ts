import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ProblemError } from "@pulse/schema/problem";

/** Takes a data folder for this process, so that exactly one writes the database; returns what gives it back. Throws `conflict`. */
export function lockFolder(dataDir: string): () => void {
  const path = join(dataDir, "gateway.lock");
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(path, `${process.pid}\n`, { flag: "wx", mode: 0o600 });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || attempt > 1) throw error;
      const holder = Number.parseInt(readFileSync(path, "utf8"), 10);
      if (isGateway(holder)) {
        throw new ProblemError(
          "conflict",
          `another gateway (process ${holder}) uses ${dataDir}; stop it, or set PULSE_DATA_DIR`,
        );
      }
      // Its holder is gone: a crash left the file.
      rmSync(path, { force: true });
    }
  }
}

/** Whether a process lives and is a Node process (numbers are used again after a reboot). */
function isGateway(pid: number): boolean {
  if (!Number.isInteger(pid) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("gateway");
  } catch {
    return true;
  }
}
