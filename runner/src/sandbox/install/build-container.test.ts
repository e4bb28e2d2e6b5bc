import { expect, test } from "vitest";
import { buildContainerOptions } from "./build-container.ts";
import { defaultLimits } from "./limits.ts";
import type { InstallPlan } from "./plan.ts";

const plan = (runtime: InstallPlan["runtime"]): InstallPlan => ({
  ...{
    runtime,
    lock: "",
    placed: ".deps",
    words: "",
    hosts: ["evil.test:443"],
    files: { "../x": "y" },
    credentials: [],
  },
  steps: { from: "requirements", file: "requirements.txt" },
});
const optionsOf = (runtime: InstallPlan["runtime"]) =>
  buildContainerOptions(
    { project: "prj_1", plan: plan(runtime), folder: "/b/code", limits: defaultLimits },
    { image: "img", runner: "rnr_1", line: "/t/line", certificates: true, runtime: null, seccomp: null },
  );

test("a build container has the profile of function containers, without a network, and what it writes has a size", () => {
  const { HostConfig: host, ...options } = optionsOf("python");
  expect(options).toMatchObject({
    User: "65532:65532",
    Entrypoint: ["python3", "-B"],
    Tty: false,
    OpenStdin: false,
    Labels: { "pulse.runner": "rnr_1", "pulse.project": "prj_1" },
  });
  expect(host).toMatchObject({
    NetworkMode: "none",
    ReadonlyRootfs: true,
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges"],
    PidsLimit: 256,
    Privileged: false,
    LogConfig: { Type: "none", Config: {} },
  });
  expect(host?.Memory).toBe(host?.MemorySwap);
  expect(host?.Mounts?.every(({ ReadOnly, Type }) => ReadOnly === true && Type === "bind")).toBe(true);
  for (const options of Object.values(host?.Tmpfs ?? {})) expect(options).toMatch(/size=\d+,nr_inodes=\d+/);
  for (const field of ["CapAdd", "Devices", "Binds", "PidMode", "IpcMode", "VolumesFrom", "UsernsMode"])
    expect(host).not.toHaveProperty(field);
});

test("nothing of a user's files or settings is in the options but what the installer is asked", () => {
  const text = JSON.stringify(optionsOf("typescript"));
  expect(text).not.toContain("evil.test");
  expect(text).not.toContain("../x");
  expect(text).toContain('"node"');
});
