import { describe, expect, test } from "vitest";
import { en } from "../messages/en.ts";
import { es } from "../messages/es.ts";
import { type EngineInfo, engineChecks, readEngineInfo } from "./engine.ts";

const gibibyte = 2 ** 30;
const good: EngineInfo = {
  ServerVersion: "29.0.1",
  CgroupVersion: "2",
  SecurityOptions: ["name=seccomp,profile=builtin", "name=userns"],
  LiveRestoreEnabled: true,
  MemoryLimit: true,
  PidsLimit: true,
  CpuCfsQuota: true,
  DockerRootDir: "/var/lib/docker",
  Runtimes: { runc: {}, runsc: {} },
};
const statusOf = (change: Partial<EngineInfo>, free: number | null = 50 * gibibyte) =>
  engineChecks({ ...good, ...change }, free, en).map(({ name, status }) => `${name} ${status}`);
const well = ["docker ok", "limits ok", "isolation ok", "restarts ok", "disk ok"];

test("an engine that has everything is well, and gVisor is told", () => {
  expect(statusOf({})).toEqual(well);
  expect(engineChecks(good, 50 * gibibyte, en)[0]?.detail).toBe(
    "engine 29.0.1 answers, cgroup v2, with gVisor",
  );
  expect(statusOf({ SecurityOptions: ["name=seccomp", "name=rootless"] })).toEqual(well);
});

describe("each lack has its own line, with what to do", () => {
  test.each<[string, Partial<EngineInfo>, number | null, string]>([
    ["an old engine", { ServerVersion: "19.03.8" }, 50 * gibibyte, "docker warning"],
    ["no memory limit", { MemoryLimit: false }, 50 * gibibyte, "limits failed"],
    ["no process limit", { PidsLimit: false }, 50 * gibibyte, "limits failed"],
    ["no seccomp", { SecurityOptions: ["name=apparmor"] }, 50 * gibibyte, "isolation failed"],
    [
      "root inside is root outside",
      { SecurityOptions: ["name=seccomp"] },
      50 * gibibyte,
      "isolation warning",
    ],
    ["containers end with the engine", { LiveRestoreEnabled: false }, 50 * gibibyte, "restarts warning"],
    ["little disk", {}, 2 * gibibyte, "disk warning"],
    ["no disk", {}, gibibyte / 2, "disk failed"],
    ["a disk elsewhere", {}, null, "disk warning"],
  ])("%s", (_, change, free, expected) => {
    expect(statusOf(change, free)).toContain(expected);
    for (const messages of [en, es])
      for (const { status, fix } of engineChecks({ ...good, ...change }, free, messages))
        expect([status, fix !== null]).toEqual([status, status !== "ok"]);
  });
});

test("what an engine does not say counts as not there, and what is no answer as no engine", () => {
  expect(readEngineInfo('{"ServerVersion":"20.10.24"}')).toMatchObject({
    CgroupVersion: "1",
    MemoryLimit: false,
  });
  expect(readEngineInfo("<html>")).toBeNull();
  expect(readEngineInfo("{}")).toBeNull();
});
