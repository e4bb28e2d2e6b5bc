import { type ChildProcess, execFile, spawn } from "node:child_process";
import { closeSync, constants, openSync, readFileSync, watch, writeSync } from "node:fs";
import { Socket } from "node:net";
import { constants as system } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { drained } from "../sandbox/drained.ts";
import type { Launch } from "./launch.ts";

/** How a command ended; all null: nobody saw it. */
export interface CommandExit {
  code: number | null;
  signal: string | null;
  /** Why it could not even be started. */
  fault: string | null;
}

/** A command with its attendant: the small shell that waits for it and holds its outputs open, so that it outlives the runner's process. */
export interface Attended {
  /** Leader of its process group and session; null: it could not be started. */
  pid: number | null;
  /** How it ended, once its output was taken. Never rejects. */
  ended: Promise<CommandExit>;
  /** Stops listening and leaves it to the next process of this runner: what it says meanwhile waits in its pipes. */
  leave(): void;
}

type Take = (stream: "stdout" | "stderr", chunk: Buffer) => void;

const streams = ["stdout", "stderr"] as const;
const lookEveryMs = 500;
const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;

/**
 * The attendant waits until it is in its scope: the one line that it reads is the word to go. A shell says of a command that a signal ended what no exit code
 * does: something on its standard error. It stays until somebody has seen how the command ended, for with its last holder a pipe loses what is in it.
 */
const script = [
  "read -r go <&3 || exit 125; exec 3<&-; umask 077; d=$1; shift",
  'exec 2>"$d/how" 4<>"$d/stdout" 5<>"$d/stderr" 6<>"$d/seen"; trap : HUP INT TERM',
  '(exec 4<&- 5<&- 6<&-; exec "$@") >"$d/stdout" 2>"$d/stderr"; code=$?',
  '[ "$code" -gt 128 ] && [ -s "$d/how" ] && code="signal $((code - 128))"',
  'echo "$code" >"$d/exit" && read -r seen <&6',
].join("\n");

/** Makes the pipes of a command in a folder that is the runner's own. */
export async function makePipes(folder: string): Promise<void> {
  const paths = [...streams, "seen"].map((name) => join(folder, name));
  await promisify(execFile)("mkfifo", ["-m", "600", ...paths]);
}

/**
 * Starts a command in a session and group of its own, without a terminal and with nothing to read. `place` puts the process where it belongs
 * before any of the command runs. `take` gets its output as it comes.
 */
export function startAttended(
  { argv, cwd, env }: Launch,
  folder: string,
  place: (pid: number) => void,
  take: Take,
): Attended {
  const outputs = openOutputs(folder, take);
  let child: ChildProcess;
  try {
    child = spawn("/bin/sh", ["-c", script, "pulse", folder, ...argv], {
      ...{ cwd, env, detached: true },
      stdio: ["ignore", "ignore", "ignore", "pipe"],
    });
  } catch (error) {
    outputs.leave();
    return { pid: null, ended: Promise.resolve(faulty(error)), leave: () => undefined };
  }
  const gone = new Promise<CommandExit>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal, fault: null }));
    child.once("error", (error) => resolve(faulty(error)));
  });
  letGo(child, place);
  const look = lookForExit(folder, gone);
  return {
    pid: child.pid ?? null,
    ended: look.exit.then((exit) => outputs.close(exit)),
    leave() {
      look.stop();
      outputs.leave();
      child.unref();
    },
  };
}

/** Goes on with a command that an earlier process started; `isThere` says whether its attendant still is. */
export function resumeAttended(folder: string, isThere: () => boolean, take: Take): Omit<Attended, "pid"> {
  const outputs = openOutputs(folder, take);
  const { promise: gone, resolve } = Promise.withResolvers<CommandExit>();
  const look = lookForExit(folder, gone, () => {
    if (!isThere()) resolve({ code: null, signal: null, fault: null });
  });
  return {
    ended: look.exit.then((exit) => outputs.close(exit)),
    leave() {
      look.stop();
      outputs.leave();
    },
  };
}

/** How a command ended, as its attendant wrote it; null: it did not, or not yet. */
export function readExit(folder: string): CommandExit | null {
  let text: string;
  try {
    text = readFileSync(join(folder, "exit"), "utf8");
  } catch {
    return null;
  }
  const [, by, number] = /^(signal )?(\d+)\n$/.exec(text) ?? [];
  if (number === undefined) return null;
  if (by === undefined) return { code: Number(number), signal: null, fault: null };
  const signal = Object.entries(system.signals).find(([, value]) => value === Number(number))?.[0];
  return { code: null, signal: signal ?? `signal ${number}`, fault: null };
}

/** Looks until the attendant has written how the command ended, or is gone and has not. */
function lookForExit(folder: string, gone: Promise<CommandExit>, atEachLook: () => void = () => undefined) {
  const { promise, resolve } = Promise.withResolvers<CommandExit>();
  const look = () => {
    const exit = readExit(folder);
    if (exit !== null) resolve(exit);
    else atEachLook();
  };
  // Watching is quick, and not everywhere there is more to be watched.
  const watcher = watched(folder, look);
  const timer = setInterval(look, lookEveryMs);
  const stop = () => {
    watcher?.close();
    clearInterval(timer);
  };
  void gone.then((exit) => resolve(readExit(folder) ?? unseen(exit)));
  look();
  return { exit: promise.finally(stop), stop };
}

/** Of a command whose attendant ended before it could say how it went. */
function unseen(exit: CommandExit): CommandExit {
  return exit.code === null ? exit : faulty(`its attendant ended with code ${exit.code}`);
}

function watched(folder: string, look: () => void) {
  try {
    const watcher = watch(folder, { persistent: false }, look);
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return null;
  }
}

/** Reads both outputs of a command. */
function openOutputs(folder: string, take: Take) {
  const open = streams.map((stream) => {
    const path = join(folder, stream);
    const fd = openSync(path, O_RDONLY | O_NONBLOCK);
    // Without a writer there would be an end before the beginning.
    const holder = openSync(path, O_WRONLY | O_NONBLOCK);
    const reader = new Socket({ fd, readable: true, writable: false });
    reader.on("data", (chunk: Buffer) => take(stream, chunk));
    reader.on("error", () => undefined);
    return { holder, reader };
  });
  let isOpen = true;
  const letHoldersGo = () => {
    if (isOpen) for (const { holder } of open) closeSync(holder);
    isOpen = false;
  };
  const leave = () => {
    for (const { reader } of open) reader.destroy();
    letHoldersGo();
  };
  return {
    leave,
    /** Takes the rest. What it leaves running may hold its output open for ever: nobody listens to that any longer. */
    async close<T>(exit: T): Promise<T> {
      letHoldersGo();
      seen(folder);
      await drained(open.map(({ reader }) => reader));
      leave();
      return exit;
    },
  };
}

/** Tells the attendant that somebody has seen the end. */
function seen(folder: string): void {
  try {
    const fd = openSync(join(folder, "seen"), O_WRONLY | O_NONBLOCK);
    writeSync(fd, "\n");
    closeSync(fd);
  } catch {
    // It is gone already.
  }
}

function letGo(child: ChildProcess, place: (pid: number) => void): void {
  const door = child.stdio[3];
  if (child.pid === undefined || door === null || door === undefined || !("write" in door)) return;
  door.on("error", () => undefined);
  place(child.pid);
  door.end("go\n");
}

function faulty(error: unknown): CommandExit {
  return { code: null, signal: null, fault: error instanceof Error ? error.message : String(error) };
}
