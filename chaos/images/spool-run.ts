import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Recorded } from "./finding.ts";
import { recordedEnv, recordedInto, recordingEnds } from "./record.ts";

const writer = fileURLToPath(new URL("./spool-writer.ts", import.meta.url));

/** Records a process that keeps outcomes and logs in a runner's spool. */
export async function recordSpool(outcomes: number, seed: number): Promise<Recorded> {
  const work = mkdtempSync(join(tmpdir(), "pulse-spool-"));
  const [folder, trace] = [join(work, "spool"), join(work, "spool.trace")];
  const remove = () => rm(work, { recursive: true, force: true });
  try {
    const [command = "", ...args] = recordedInto(trace);
    const child = spawn(
      command,
      [...args, process.execPath, writer, folder, String(outcomes), String(seed)],
      {
        stdio: ["ignore", "pipe", "inherit"],
        env: { ...process.env, ...recordedEnv },
      },
    );
    child.stdout.resume();
    const [code] = (await once(child, "exit")) as [number | null];
    if (code !== 0 || child.pid === undefined) throw new Error(`the recorded spool ended with ${code}`);
    await recordingEnds(trace, child.pid);
    return { folder, trace, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
