import { spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Language } from "@pulse/schema/wire/manifest";
import { FrameLine } from "../frames.ts";
import { sandboxGroups } from "../renewal/groups.ts";
import { makeCellFolder } from "./cell-folder.ts";
import { drained } from "./drained.ts";
import { listenForLine } from "./line-socket.ts";
import { platformOf } from "./platform.ts";
import { killStrays } from "./process-tree.ts";
import {
  type Cell,
  type CellSpec,
  type ExitFacts,
  LineCutter,
  type Sandbox,
  type TakeOutput,
} from "./sandbox.ts";

/** The bootstrap of a runtime, as a file of this machine. */
export const bootstraps: Record<Language, string> = {
  typescript: fileURLToPath(new URL("../../../runtimes/typescript/bootstrap.mjs", import.meta.url)),
  python: fileURLToPath(new URL("../../../runtimes/python/bootstrap.py", import.meta.url)),
};

const connectMs = 20_000;

/** How a bootstrap is started (`runtimes/PROTOCOL.md`, Start). */
export function commandOf(runtime: Language, program: string, bootstrap: string): [string, string[]] {
  return runtime === "typescript" ? [program, ["--no-warnings", bootstrap]] : [program, ["-B", bootstrap]];
}

/**
 * Plain processes of this user: for development and for code that is trusted. Nothing isolates them but a process group, a folder and an
 * environment of their own; memory and processors are not limited. A child that leaves the group is found by `killStrays`, within its limits.
 */
export function processSandbox(python: string | null): Sandbox {
  const cells = new Set<Cell>();
  return {
    kind: "process",
    async start(spec, signal) {
      if (spec.custom !== undefined) throw new Error("plain processes run no images");
      const program = spec.runtime === "typescript" ? process.execPath : python;
      if (program === null) throw new Error("python3 is missing on this machine");
      const cell = await startCell(spec, program, signal);
      cells.add(cell);
      void cell.exited.then(() => cells.delete(cell));
      return cell;
    },
    identity: (runtime) => platformOf(runtime, python),
    async stop() {
      await Promise.all([...cells].map((cell) => cell.destroy()));
    },
  };
}

async function startCell(spec: CellSpec, program: string, signal: AbortSignal): Promise<Cell> {
  const folder = await makeCellFolder();
  const socketPath = join(folder, "s");
  const socket = await listenForLine(socketPath, connectMs, signal);
  const [command, args] = commandOf(spec.runtime, program, bootstraps[spec.runtime]);
  const child = spawn(command, args, {
    cwd: folder,
    // A group of its own, so that the whole tree can be ended.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env.PATH,
      LANG: process.env.LANG ?? "C.UTF-8",
      HOME: folder,
      TMPDIR: folder,
      PYTHONDONTWRITEBYTECODE: "1",
      PULSE_TRANSPORT: "socket",
      PULSE_SOCKET: socketPath,
    },
  });
  if (child.pid !== undefined) sandboxGroups.add(child.pid);
  const kill = (name: "SIGTERM" | "SIGKILL") => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, name);
    } catch {
      // The whole group has ended already.
    }
  };
  let take: TakeOutput = () => undefined;
  let line: FrameLine | null = null;
  const outputs = (["stdout", "stderr"] as const).map((stream) => {
    const cutter = new LineCutter((text) => take(stream, text));
    child[stream].on("data", (chunk: Buffer) => cutter.add(chunk));
    child[stream].on("close", () => cutter.end());
    return { stream: child[stream], cutter };
  });
  const ended = new Promise<ExitFacts>((resolve) => {
    const end = (code: number | null, name: string | null) =>
      resolve({ code, signal: name, outOfMemory: false, engineLost: false });
    child.once("exit", end);
    child.once("error", () => end(null, null));
  });
  const exited = ended.then(async (facts) => {
    // What the process forked outlives it, and may hold its output open.
    kill("SIGKILL");
    if (child.pid !== undefined) sandboxGroups.remove(child.pid);
    await killStrays(folder).catch(() => undefined);
    await drained([...outputs.map(({ stream }) => stream), ...(line === null ? [] : [line.stream])]);
    for (const { cutter } of outputs) cutter.end();
    socket.close();
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    return facts;
  });
  try {
    const first = await Promise.race([socket.connected, ended.then(() => null)]);
    if (first === null) throw new Error("the runtime's process ended before it connected");
    const frames = new FrameLine(first);
    line = frames;
    return {
      line: frames,
      exited,
      place: async (code, deps) => ({ code, deps }),
      onOutput: (next) => {
        take = next;
      },
      terminate: () => kill("SIGTERM"),
      async destroy() {
        frames.close();
        kill("SIGKILL");
        await exited;
      },
    };
  } catch (error) {
    kill("SIGKILL");
    await exited;
    throw error;
  }
}
