import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { drained } from "../sandbox/drained.ts";
import type { Launch } from "./launch.ts";

/** The program waits here until it is in its scope: the one line that it reads is the word to go. */
const gate = 'read -r go <&3 || exit 125; exec 3<&-; umask 077; exec "$@"';

/** A command that was started. */
export interface Started {
  /** Leader of its process group and session; null: it could not be started. */
  pid: number | null;
  /** How it ended, once its output was taken. Never rejects. */
  ended: Promise<{ code: number | null; signal: string | null; fault: string | null }>;
}

/**
 * Starts a command in a session and group of its own, without a terminal and with nothing to read. `place` puts the process where it belongs
 * before any of the command runs. `take` gets its output as it comes.
 */
export function spawnCommand(
  { argv, cwd, env }: Launch,
  place: (pid: number) => void,
  take: (stream: "stdout" | "stderr", chunk: Buffer) => void,
): Started {
  let child: ChildProcess;
  try {
    child = spawn("/bin/sh", ["-c", gate, "pulse", ...argv], {
      ...{ cwd, env, detached: true },
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
  } catch (error) {
    return { pid: null, ended: Promise.resolve({ code: null, signal: null, fault: wordsOf(error) }) };
  }
  const outputs = (["stdout", "stderr"] as const).flatMap((stream) => {
    const output = child[stream];
    output?.on("data", (chunk: Buffer) => take(stream, chunk));
    output?.on("error", () => undefined);
    return output === null ? [] : [output];
  });
  const exited = new Promise<Awaited<Started["ended"]>>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal, fault: null }));
    child.once("error", (error) => resolve({ code: null, signal: null, fault: wordsOf(error) }));
  });
  letGo(child, place);
  return { pid: child.pid ?? null, ended: exited.then((end) => closed(end, outputs)) };
}

function letGo(child: ChildProcess, place: (pid: number) => void): void {
  const door = child.stdio[3];
  if (child.pid === undefined || door === null || door === undefined || !("write" in door)) return;
  door.on("error", () => undefined);
  place(child.pid);
  door.end("go\n");
}

/** What it leaves running may hold its output open for ever: nobody listens to that any longer. */
async function closed<T>(end: T, outputs: readonly Readable[]): Promise<T> {
  await drained(outputs);
  for (const output of outputs) output.destroy();
  return end;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
