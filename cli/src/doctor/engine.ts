import { existsSync, statfsSync } from "node:fs";
import * as z from "zod";
import type { Messages } from "../messages/en.ts";
import { fill } from "../messages/say.ts";
import type { Check } from "./checks.ts";

const gibibyte = 2 ** 30;
const oldestEngine = 20.1;

/** What an engine tells of itself (`GET /info` of its API), as far as it matters. */
const engineInfo = z.object({
  ServerVersion: z.string(),
  CgroupVersion: z.string().default("1"),
  SecurityOptions: z.array(z.string()).nullish(),
  LiveRestoreEnabled: z.boolean().default(false),
  MemoryLimit: z.boolean().default(false),
  PidsLimit: z.boolean().default(false),
  CpuCfsQuota: z.boolean().default(false),
  DockerRootDir: z.string().default(""),
  Runtimes: z.record(z.string(), z.object({ runtimeArgs: z.array(z.string()).nullish() })).nullish(),
});
const bridge = z.object({ Options: z.record(z.string(), z.string()).nullish() });
export type EngineInfo = z.output<typeof engineInfo>;

/** Reads the engine's answer; null when it is none. */
export function readEngineInfo(text: string): EngineInfo | null {
  try {
    return engineInfo.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Whether containers on the engine's default network reach each other, from its answer about that network; null when it says nothing. */
export function readNeighbours(text: string): boolean | null {
  try {
    const { Options } = bridge.parse(JSON.parse(text));
    const said = Options?.["com.docker.network.bridge.enable_icc"];
    return said === undefined ? null : said === "true";
  } catch {
    return null;
  }
}

/** What is known beyond the engine's own words. */
export interface Surroundings {
  freeBytes: number | null;
  /** Whether containers on the default network reach each other; null: unknown. */
  neighbours: boolean | null;
  /** The runtime that a runner here is told to use (`PULSE_CONTAINER_RUNTIME`); null: the engine's default. */
  runtime: string | null;
}

/** Free bytes where the engine keeps its data; null when that is not on this machine. */
export function freeBytesAt(folder: string): number | null {
  if (folder === "" || !existsSync(folder)) return null;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** What of an engine makes containers safe and lasting, and what does not. */
export function engineChecks(info: EngineInfo, around: Surroundings, m: Messages): Check[] {
  return [
    engine(info, m),
    cgroups(info, m),
    limits(info, m),
    isolation(info, m),
    kernel(info, around.runtime, m),
    neighbours(around.neighbours, m),
    restarts(info, m),
    disk(around.freeBytes, m),
  ];
}

function engine({ ServerVersion: version }: EngineInfo, m: Messages): Check {
  const isOld = Number.parseFloat(version) < oldestEngine;
  const detail = fill(m.dockerAnswers, { version });
  return isOld
    ? { name: "docker", status: "warning", detail, fix: m.fixOldEngine }
    : { name: "docker", status: "ok", detail, fix: null };
}

function cgroups({ CgroupVersion }: EngineInfo, m: Messages): Check {
  return CgroupVersion === "2"
    ? { name: "cgroups", status: "ok", detail: m.cgroupsNew, fix: null }
    : { name: "cgroups", status: "warning", detail: m.cgroupsOld, fix: m.fixCgroups };
}

/** What answers the system calls of functions: this machine's kernel, or one of their own. */
function kernel({ Runtimes }: EngineInfo, asked: string | null, m: Messages): Check {
  const name = asked ?? "runsc";
  const found = Runtimes?.[name];
  if (asked !== null && asked !== "runc" && found === undefined)
    return { name: "kernel", status: "failed", detail: fill(m.noRuntimeNamed, { name }), fix: m.fixRuntime };
  if (found === undefined || name === "runc")
    return { name: "kernel", status: "ok", detail: m.sharedKernel, fix: null };
  const isAsked = asked !== null;
  if (!isAsked) return { name: "kernel", status: "ok", detail: m.gvisorThere, fix: null };
  const reaches = (found.runtimeArgs ?? []).some((arg) =>
    /^--?(host-uds=(open|all)|fsgofer-host-uds)/.test(arg),
  );
  return reaches
    ? { name: "kernel", status: "ok", detail: fill(m.ownKernel, { name }), fix: null }
    : { name: "kernel", status: "warning", detail: fill(m.noHostSockets, { name }), fix: m.fixHostSockets };
}

function neighbours(reach: boolean | null, m: Messages): Check {
  return reach === true
    ? { name: "neighbours", status: "warning", detail: m.neighboursReach, fix: m.fixNeighbours }
    : { name: "neighbours", status: "ok", detail: m.neighboursApart, fix: null };
}

function limits({ MemoryLimit, PidsLimit, CpuCfsQuota }: EngineInfo, m: Messages): Check {
  const missing = [
    ...(MemoryLimit ? [] : [m.limitMemory]),
    ...(PidsLimit ? [] : [m.limitProcesses]),
    ...(CpuCfsQuota ? [] : [m.limitProcessors]),
  ];
  if (missing.length === 0) return { name: "limits", status: "ok", detail: m.limitsHold, fix: null };
  const detail = fill(m.limitsMissing, { names: missing.join(", ") });
  return { name: "limits", status: "failed", detail, fix: m.fixLimits };
}

function isolation({ SecurityOptions }: EngineInfo, m: Messages): Check {
  const has = (name: string) =>
    (SecurityOptions ?? []).some((one) => one.split(",").includes(`name=${name}`));
  if (!has("seccomp")) return { name: "isolation", status: "failed", detail: m.noSeccomp, fix: m.fixSeccomp };
  if (has("rootless")) return { name: "isolation", status: "ok", detail: m.isRootless, fix: null };
  if (has("userns")) return { name: "isolation", status: "ok", detail: m.hasUserns, fix: null };
  return { name: "isolation", status: "warning", detail: m.noUserns, fix: m.fixUserns };
}

function restarts({ LiveRestoreEnabled }: EngineInfo, m: Messages): Check {
  return LiveRestoreEnabled
    ? { name: "restarts", status: "ok", detail: m.liveRestore, fix: null }
    : { name: "restarts", status: "warning", detail: m.noLiveRestore, fix: m.fixLiveRestore };
}

function disk(freeBytes: number | null, m: Messages): Check {
  if (freeBytes === null) return { name: "disk", status: "warning", detail: m.diskUnknown, fix: m.fixDisk };
  const detail = fill(m.diskFree, { size: `${(freeBytes / gibibyte).toFixed(1)} GiB` });
  if (freeBytes < gibibyte) return { name: "disk", status: "failed", detail, fix: m.fixDisk };
  if (freeBytes < 5 * gibibyte) return { name: "disk", status: "warning", detail, fix: m.fixDisk };
  return { name: "disk", status: "ok", detail, fix: null };
}
