import type { ContainerCreateOptions } from "dockerode";
import type { CellSpec } from "./sandbox.ts";

/** Where a container stands: the image, whose it is, and the host folder that becomes `/fn`. */
export interface Placement {
  image: string;
  runner: string;
  folder: string;
}

const user = "65532:65532";
const pids = 256;
const openFiles = 1024;

/** The profile of every function container (`functions.md`). Nothing of a user's settings reaches it but sizes and the egress policy. */
export function containerOptions(
  spec: CellSpec,
  { image, runner, folder }: Placement,
): ContainerCreateOptions {
  const tmpBytes = Math.floor(spec.memory / 2);
  return {
    Image: image,
    User: user,
    Tty: false,
    OpenStdin: false,
    AttachStdin: false,
    AttachStdout: true,
    AttachStderr: true,
    Env: [
      "PULSE_TRANSPORT=socket",
      "PULSE_SOCKET=/fn/s",
      "HOME=/tmp",
      "TMPDIR=/tmp",
      "LANG=C.UTF-8",
      "PYTHONDONTWRITEBYTECODE=1",
    ],
    Labels: { "pulse.runner": runner, "pulse.project": spec.project },
    HostConfig: {
      NetworkMode: spec.egress === "open" ? "bridge" : "none",
      ReadonlyRootfs: true,
      // Files are linked or copied into the folder, never mounted into it, so no propagation is needed.
      Mounts: [
        {
          Type: "bind",
          Source: folder,
          Target: "/fn",
          ReadOnly: true,
        },
      ],
      Tmpfs: { "/tmp": `rw,nosuid,nodev,size=${tmpBytes},mode=1777` },
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      PidsLimit: pids,
      Memory: spec.memory,
      MemorySwap: spec.memory,
      NanoCpus: Math.round(spec.cpus * 1e9),
      Ulimits: [{ Name: "nofile", Soft: openFiles, Hard: openFiles }],
      Init: true,
      Privileged: false,
      AutoRemove: false,
      LogConfig: { Type: "none", Config: {} },
      RestartPolicy: { Name: "no" },
    },
  };
}
