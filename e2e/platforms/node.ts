import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { programEnv, programPath } from "./program-env.ts";

/** A process that a test started: its output so far, and its end. */
export interface Running {
  child: ChildProcess;
  output(): string;
  exited: Promise<number | null>;
  /** SIGTERM, then SIGKILL after 15 s; resolves when it is gone. */
  stop(): Promise<void>;
  /** SIGKILL at once. */
  kill(): Promise<void>;
}

/**
 * Starts one of our entry files under this Node, with an environment of its own, in `cwd` or this folder; `within` goes before the command
 * (`ip netns exec NAME`, which becomes the process itself).
 */
export function startProcess(
  entry: string,
  env: Record<string, string>,
  args: string[] = [],
  cwd?: string,
  within: readonly string[] = [],
): Running {
  const clean = { ...programEnv(), HOME: process.env.HOME ?? "", ...env };
  const [command = process.execPath, ...rest] = [...within, process.execPath, programPath(entry), ...args];
  const child = spawn(command, rest, {
    env: clean,
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString("utf8")).slice(-200_000);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  const exited = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  return {
    child,
    output: () => output,
    exited,
    async stop() {
      const force = setTimeout(() => child.kill("SIGKILL"), 15_000);
      child.kill("SIGTERM");
      await exited;
      clearTimeout(force);
    },
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Resolves when `look` gives something; throws with what the process said when it ends first or 60 s pass. */
export async function until<T>(
  what: string,
  look: () => Promise<T | null>,
  running?: Running,
  mostMs = 60_000,
): Promise<T> {
  const end = Date.now() + mostMs;
  for (;;) {
    const seen = await look();
    if (seen !== null) return seen;
    const gone = running !== undefined && running.child.exitCode !== null;
    if (gone || Date.now() > end) {
      throw new Error(
        `${what}: not seen${gone ? `, the process ended with ${running.child.exitCode}` : ""}\n${running?.output() ?? ""}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
