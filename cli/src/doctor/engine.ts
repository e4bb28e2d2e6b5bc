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
  Runtimes: z.record(z.string(), z.unknown()).nullish(),
});
export type EngineInfo = z.output<typeof engineInfo>;

/** Reads the engine's answer; null when it is none. */
export function readEngineInfo(text: string): EngineInfo | null {
  try {
    return engineInfo.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Free bytes where the engine keeps its data; null when that is not on this machine. */
export function freeBytesAt(folder: string): number | null {
  if (folder === "" || !existsSync(folder)) return null;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** What of an engine makes containers safe and lasting, and what does not. */
export function engineChecks(info: EngineInfo, freeBytes: number | null, m: Messages): Check[] {
  return [engine(info, m), limits(info, m), isolation(info, m), restarts(info, m), disk(freeBytes, m)];
}

function engine({ ServerVersion: version, CgroupVersion, Runtimes }: EngineInfo, m: Messages): Check {
  const isOld = Number.parseFloat(version) < oldestEngine;
  const more = Runtimes != null && "runsc" in Runtimes ? `, ${m.withGvisor}` : "";
  const detail = `${fill(m.dockerAnswers, { version })}, cgroup v${CgroupVersion}${more}`;
  return isOld
    ? { name: "docker", status: "warning", detail, fix: m.fixOldEngine }
    : { name: "docker", status: "ok", detail, fix: null };
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
