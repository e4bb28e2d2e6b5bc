import type { ContainerCreateOptions } from "dockerode";
import type { CellSpec } from "./sandbox.ts";

/** Where a container stands: the image, whose it is, the host folder that becomes `/fn`, and the network of its project; null: none. */
export interface Placement {
  image: string;
  runner: string;
  folder: string;
  network: string | null;
  /** How frames reach it. */
  transport: "socket" | "stdio";
  /** What the engine runs it with; null: what it runs containers with by default. */
  runtime: string | null;
  /** The seccomp profile of its own, as JSON; null: the engine's. */
  seccomp: string | null;
}

/** Where a runtime lets programs find the proxy of an egress list; it passes connections on to the socket beside its code. */
const proxy = "http://127.0.0.1:61080";

const proxyEnv = [
  "PULSE_EGRESS_SOCKET=/fn/e",
  ...["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].flatMap((name) => [
    `${name}=${proxy}`,
    `${name.toLowerCase()}=${proxy}`,
  ]),
  "NO_PROXY=localhost,127.0.0.1,::1",
  "no_proxy=localhost,127.0.0.1,::1",
  "NODE_USE_ENV_PROXY=1",
];

const user = "65532:65532";
const pids = 256;
const openFiles = 1024;

/** The profile of every function container (`functions.md`). Nothing of a user's settings reaches it but sizes and the egress policy. */
export function containerOptions(
  spec: CellSpec,
  { image, runner, folder, network, transport, runtime, seccomp }: Placement,
): ContainerCreateOptions {
  const tmpBytes = Math.floor(spec.memory / 2);
  return {
    Image: image,
    User: user,
    Tty: false,
    OpenStdin: transport === "stdio",
    StdinOnce: transport === "stdio",
    AttachStdin: transport === "stdio",
    AttachStdout: true,
    AttachStderr: true,
    Env: [
      `PULSE_TRANSPORT=${transport}`,
      ...(transport === "socket" ? ["PULSE_SOCKET=/fn/s"] : []),
      "HOME=/tmp",
      "TMPDIR=/tmp",
      "LANG=C.UTF-8",
      "PYTHONDONTWRITEBYTECODE=1",
      ...(Array.isArray(spec.egress) ? proxyEnv : []),
    ],
    Labels: { "pulse.runner": runner, "pulse.project": spec.project },
    HostConfig: {
      ...(runtime === null ? {} : { Runtime: runtime }),
      NetworkMode: network ?? "none",
      Sysctls: { "net.ipv6.conf.all.disable_ipv6": "1" },
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
      ShmSize: Math.floor(spec.memory / 4),
      CapDrop: ["ALL"],
      SecurityOpt: securityOptions(seccomp),
      PidsLimit: pids,
      Memory: spec.memory,
      MemorySwap: spec.memory,
      NanoCpus: Math.round(spec.cpus * 1e9),
      Ulimits: [
        { Name: "nofile", Soft: openFiles, Hard: openFiles },
        { Name: "core", Soft: 0, Hard: 0 },
      ],
      Init: true,
      Privileged: false,
      AutoRemove: false,
      LogConfig: { Type: "none", Config: {} },
      RestartPolicy: { Name: "no" },
    },
  };
}

/** What every container of Pulse is started with besides its limits. */
export function securityOptions(seccomp: string | null): string[] {
  return ["no-new-privileges", ...(seccomp === null ? [] : [`seccomp=${seccomp}`])];
}
