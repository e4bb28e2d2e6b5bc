import { describe, expect, test } from "vitest";
import { en } from "../messages/en.ts";
import { es } from "../messages/es.ts";
import {
  type EngineInfo,
  engineChecks,
  readEngineInfo,
  readNeighbours,
  type Surroundings,
} from "./engine.ts";

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
  Runtimes: { runc: {}, runsc: { runtimeArgs: ["--host-uds=open"] } },
};
const usual: Surroundings = { freeBytes: 50 * gibibyte, neighbours: false, runtime: null };
const statusOf = (change: Partial<EngineInfo>, around: Partial<Surroundings> = {}) =>
  engineChecks({ ...good, ...change }, { ...usual, ...around }, en).map(
    ({ name, status }) => `${name} ${status}`,
  );
const names = ["docker", "cgroups", "limits", "isolation", "kernel", "neighbours", "restarts", "disk"];
const well = names.map((name) => `${name} ok`);

test("an engine that has everything is well, and gVisor is told", () => {
  expect(statusOf({})).toEqual(well);
  expect(statusOf({}, { runtime: "runsc", neighbours: null })).toEqual(well);
  expect(statusOf({ Runtimes: { runc: {} } }, { runtime: "runc" })).toEqual(well);
  const kernelOf = (runtime: string | null) =>
    engineChecks(good, { ...usual, runtime }, en).find(({ name }) => name === "kernel")?.detail;
  expect(kernelOf(null)).toContain("gVisor is there");
  expect(kernelOf("runsc")).toBe("functions have a kernel of their own (runsc)");
  expect(statusOf({ SecurityOptions: ["name=seccomp", "name=rootless"] })).toEqual(well);
});

describe("each lack has its own line, with what to do", () => {
  test.each<[string, Partial<EngineInfo>, Partial<Surroundings>, string]>([
    ["an old engine", { ServerVersion: "19.03.8" }, {}, "docker warning"],
    ["no memory limit", { MemoryLimit: false }, {}, "limits failed"],
    ["no process limit", { PidsLimit: false }, {}, "limits failed"],
    ["no seccomp", { SecurityOptions: ["name=apparmor"] }, {}, "isolation failed"],
    ["root inside is root outside", { SecurityOptions: ["name=seccomp"] }, {}, "isolation warning"],
    ["containers end with the engine", { LiveRestoreEnabled: false }, {}, "restarts warning"],
    ["little disk", {}, { freeBytes: 2 * gibibyte }, "disk warning"],
    ["no disk", {}, { freeBytes: gibibyte / 2 }, "disk failed"],
    ["a disk elsewhere", {}, { freeBytes: null }, "disk warning"],
    ["the old cgroups", { CgroupVersion: "1" }, {}, "cgroups warning"],
    ["neighbours that reach each other", {}, { neighbours: true }, "neighbours warning"],
    ["a runtime that is not there", {}, { runtime: "kata" }, "kernel failed"],
    [
      "gVisor without sockets of the host",
      { Runtimes: { runsc: {} } },
      { runtime: "runsc" },
      "kernel warning",
    ],
  ])("%s", (_, change, around, expected) => {
    expect(statusOf(change, around)).toContain(expected);
    for (const messages of [en, es])
      for (const { status, fix } of engineChecks({ ...good, ...change }, { ...usual, ...around }, messages))
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

test("whether neighbours reach each other is what the engine says of its default network", () => {
  const said = (value: string) => `{"Options":{"com.docker.network.bridge.enable_icc":"${value}"}}`;
  expect([readNeighbours(said("true")), readNeighbours(said("false"))]).toEqual([true, false]);
  expect([readNeighbours("{}"), readNeighbours("<html>")]).toEqual([null, null]);
});
