import { expect, test } from "vitest";
import { containerOptions, type Placement } from "./docker-spec.ts";

const spec = {
  runtime: "typescript",
  memory: 256 * 2 ** 20,
  cpus: 0.5,
  egress: "none",
  project: "default",
} as const;
const placed: Placement = {
  ...{ image: "i", runner: "rnr_1", folder: "/tmp/x", network: null },
  ...{ transport: "socket", runtime: null, seccomp: null },
};

test("every container is confined", () => {
  const options = containerOptions(spec, placed);
  expect(options).toMatchObject({
    User: "65532:65532",
    Tty: false,
    HostConfig: {
      NetworkMode: "none",
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      PidsLimit: 256,
      Memory: 268_435_456,
      MemorySwap: 268_435_456,
      NanoCpus: 500_000_000,
      Init: true,
      Privileged: false,
      LogConfig: { Type: "none" },
    },
  });
  expect(options.HostConfig?.Tmpfs).toEqual({ "/tmp": "rw,nosuid,nodev,size=134217728,mode=1777" });
  expect(options.HostConfig?.Mounts).toEqual([expect.objectContaining({ Target: "/fn", ReadOnly: true })]);
  for (const name of ["Binds", "Devices", "CapAdd", "PortBindings"])
    expect(options.HostConfig).not.toHaveProperty(name);
});

test("a network is the project's own or none, and an egress list reaches its proxy without any", () => {
  const open = containerOptions({ ...spec, egress: "open" }, { ...placed, network: "pulse-1-2" });
  expect(open.HostConfig?.NetworkMode).toBe("pulse-1-2");
  const listed = containerOptions({ ...spec, egress: ["example.test:443"] }, placed);
  expect(listed.HostConfig?.NetworkMode).toBe("none");
  expect(listed.Env).toEqual(
    expect.arrayContaining(["PULSE_EGRESS_SOCKET=/fn/e", "HTTPS_PROXY=http://127.0.0.1:61080"]),
  );
  expect(open.Env?.join()).not.toMatch(/proxy|egress/i);
});

test("with a kernel of its own a container has its frames on standard input and output, and what the operator named runs it", () => {
  const options = containerOptions(spec, { ...placed, transport: "stdio", runtime: "runsc" });
  expect(options).toMatchObject({ OpenStdin: true, StdinOnce: true, AttachStdin: true, Tty: false });
  expect(options.HostConfig?.Runtime).toBe("runsc");
  expect(options.Env).toContain("PULSE_TRANSPORT=stdio");
  expect(options.Env?.join()).not.toContain("PULSE_SOCKET");
  const plain = containerOptions(spec, placed);
  expect(plain).toMatchObject({ OpenStdin: false, AttachStdin: false });
  expect(plain.HostConfig).not.toHaveProperty("Runtime");
});
