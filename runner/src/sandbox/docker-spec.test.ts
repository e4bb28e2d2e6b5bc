import { expect, test } from "vitest";
import { containerOptions } from "./docker-spec.ts";

const spec = {
  runtime: "typescript",
  memory: 256 * 2 ** 20,
  cpus: 0.5,
  egress: "none",
  project: "default",
} as const;
const placed = { image: "i", runner: "rnr_1", folder: "/tmp/x" };

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

test("only an open egress has a network", () => {
  expect(containerOptions({ ...spec, egress: "open" }, placed).HostConfig?.NetworkMode).toBe("bridge");
  expect(containerOptions({ ...spec, egress: ["example.test:443"] }, placed).HostConfig?.NetworkMode).toBe(
    "none",
  );
});
