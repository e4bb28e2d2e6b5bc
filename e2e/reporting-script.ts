import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startProcess } from "./platforms/node.ts";

/** How a script of ours ended that writes what it found to `--report FILE`. */
export interface Reported {
  code: number | null;
  output: string;
  /** Each script's own; parsed from its JSON. */
  report: Record<string, unknown>;
}

/** Runs such a script in a folder of its own, which is gone afterwards. Throws with what it said when it left no report. */
export async function runReporting(entry: string, ...args: string[]): Promise<Reported> {
  const folder = await mkdtemp(join(tmpdir(), "pulse-report-"));
  try {
    const file = join(folder, "report.json");
    const running = startProcess(entry, { TMPDIR: folder }, [...args, "--report", file]);
    const code = await running.exited;
    const text = await readFile(file, "utf8").catch(() => null);
    if (text === null) throw new Error(`${entry} ended with ${code} and no report\n${running.output()}`);
    return { code, output: running.output(), report: JSON.parse(text) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
