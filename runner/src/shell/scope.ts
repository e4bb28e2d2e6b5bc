import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { mountOf } from "../sandbox/cgroup-file.ts";

const scopeName = /^pulse-exe_/;
const hierarchies = [null, "pids", "freezer", "name=systemd"] as const;

/** A cgroup of a command's own, which no process of it leaves by forking, or by a session or a group of its own. */
export interface Scope {
  /** Where it is. */
  readonly path: string;
  add(pid: number): void;
  /** Every process in it. */
  pids(): number[];
  /** SIGKILL to all of it at once, where the system can. */
  kill(): void;
  /** Removes it, unless something in it still runs. */
  remove(): void;
}

/** Makes a scope; null where this process may make no cgroups. */
export function openScope(name: string): Scope | null {
  for (const folder of ownFolders()) {
    const path = join(folder, `pulse-${name}`);
    try {
      mkdirSync(path);
      return scopeAt(path);
    } catch {
      // Not delegated to this process: the next hierarchy may be.
    }
  }
  return null;
}

/** The scope of an earlier process. */
export function scopeAt(path: string): Scope {
  const pids = () => foldersOf(path).flatMap(pidsIn);
  return {
    path,
    add(pid) {
      try {
        writeFileSync(join(path, "cgroup.procs"), String(pid));
      } catch {
        // Not every cgroup takes processes: group, session and mark are what is left.
      }
    },
    pids,
    kill() {
      try {
        writeFileSync(join(path, "cgroup.kill"), "1", { flag: "r+" });
      } catch {
        for (const pid of pids()) killOne(pid);
      }
    },
    remove() {
      try {
        for (const folder of foldersOf(path).reverse()) rmdirSync(folder);
      } catch {
        // What it left behind runs on.
      }
    },
  };
}

/** Removes scopes in which nothing runs any more. */
export function sweepScopes(): void {
  for (const folder of ownFolders())
    for (const inner of foldersOf(folder).filter((path) => scopeName.test(basename(path))))
      scopeAt(inner).remove();
}

/** Folders of this process's own cgroups, the unified hierarchy first. */
function ownFolders(): string[] {
  const mounts = textOf("/proc/self/mountinfo");
  const groups = textOf("/proc/self/cgroup").split("\n");
  return hierarchies.flatMap((controller) => {
    const mount = mountOf(mounts, controller);
    const line = groups.find((one) => (one.split(":")[1] ?? "-").split(",").includes(controller ?? ""));
    const own = line?.split(":").slice(2).join(":");
    if (mount === null || own === undefined || own.includes("/..") || !own.startsWith(mount.root)) return [];
    return [join(mount.point, own.slice(mount.root.length))];
  });
}

/** The folder and all below it, outer ones first. */
function foldersOf(path: string): string[] {
  try {
    const inner = readdirSync(path, { withFileTypes: true }).filter((one) => one.isDirectory());
    return [path, ...inner.flatMap(({ name }) => foldersOf(join(path, name)))];
  } catch {
    return [];
  }
}

function pidsIn(folder: string): number[] {
  const numbers = textOf(join(folder, "cgroup.procs")).split("\n").map(Number);
  // 0 is a process of another namespace.
  return numbers.filter((pid) => pid > 0);
}

function killOne(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
