import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../../../dashboard/build.ts", import.meta.url));

/**
 * Builds the dashboard when it is missing or its sources have changed, in a process of its own. Resolves in any case: a gateway without a dashboard
 * is a gateway, so what went wrong is said, not thrown.
 */
export function buildDashboard(say: (line: string) => void, signal: AbortSignal): Promise<void> {
  if (!existsSync(script)) return Promise.resolve();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, "--if-stale"], {
      signal,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString("utf8")).slice(-2000);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    const end = (failure: string | null) => {
      if (!signal.aborted && failure !== null)
        say(`  ✗ the dashboard was not built: ${failure}\n${output.trim()}`);
      else if (output.trim() !== "") say(`  ✓ ${output.trim()}`);
      resolve();
    };
    child.once("error", (error) => end(error.message));
    child.once("exit", (code) => end(code === 0 ? null : `ended with ${code}`));
  });
}
