import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Workshop } from "../work.ts";
import { runBuild } from "./build.ts";
import { CodeShelf } from "./prepare-code.ts";
import { processSandbox } from "./process.ts";
import { runCall } from "./run-call.ts";
import type { Sandbox } from "./sandbox.ts";
import { WarmPool } from "./warm-pool.ts";

export interface WorkshopOptions {
  /** Null: docker when an engine answers, else process. */
  kind: "docker" | "process" | null;
  stateDir: string;
  images: { typescript: string | null; python: string | null };
  slots: number;
  /** The runner's id: containers are labelled with it. */
  runner: string;
  log: (line: string) => void;
}

/** The half of the runner that runs code, with the sandbox that this machine has. */
export async function createWorkshop(options: WorkshopOptions): Promise<Workshop> {
  mkdirSync(options.stateDir, { recursive: true, mode: 0o755 });
  const python = findPython();
  const sandbox: Sandbox = processSandbox(python);
  const runtimes = python === null ? ["typescript"] : ["typescript", "python"];
  const shelf = new CodeShelf(join(options.stateDir, "versions"));
  mkdirSync(join(options.stateDir, "versions"), { recursive: true });
  const pool = new WarmPool(sandbox, Math.max(4, options.slots * 2));
  const bench = { shelf, pool, sandbox, folder: join(options.stateDir, "builds") };
  return {
    runtimes,
    capabilities: [sandbox.kind, "build", "stream"],
    preparing: () => null,
    warm: () => pool.idleKeys().map((key) => key.slice(0, key.indexOf("/"))),
    onChange: () => undefined,
    run: (job, link, signal) => runCall(bench, job, link, signal),
    build: (job, link, signal) => runBuild(bench, job, link, signal),
    async stop() {
      await pool.stop();
      await sandbox.stop();
    },
  };
}

/** The Python of this machine, or null. */
function findPython(): string | null {
  try {
    const path = execFileSync(
      "python3",
      ["-c", "import sys; print(sys.executable if sys.version_info >= (3, 9) else '')"],
      {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      },
    ).trim();
    return path === "" ? null : path;
  } catch {
    return null;
  }
}
