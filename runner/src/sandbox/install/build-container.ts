import type { ContainerCreateOptions } from "dockerode";
import { securityOptions } from "../docker-spec.ts";
import type { Installing } from "./installer.ts";
import { programs } from "./installer.ts";

const user = "65532:65532";
const openFiles = 4096;

/** Where an install finds what, as it sees it. */
export const inside = {
  source: "/in/code",
  programs: "/in/programs",
  sockets: "/in/line",
  asked: "/in/line/asked.json",
  work: "/work",
  certificates: "/in/line/ca.pem",
} as const;

/** Where a build container stands. */
export interface BuildPlacement {
  image: string;
  runner: string;
  /** The folder of its sockets, with our programs in `programs`, on this machine. */
  line: string;
  certificates: boolean;
  /** What the engine runs it with, and the seccomp profile; null: its own. */
  runtime: string | null;
  seccomp: string | null;
}

/**
 * The profile of every build container: that of function containers, without a network, with more room. Nothing of a user's settings reaches
 * it; what it writes is in memory, and leaves it on its standard output.
 */
export function buildContainerOptions(
  { project, plan, folder, limits }: Pick<Installing, "project" | "plan" | "folder" | "limits">,
  { image, runner, line, certificates, runtime, seccomp }: BuildPlacement,
): ContainerCreateOptions {
  const program = `${inside.programs}/${programs[plan.runtime]}`;
  const bind = (Source: string, Target: string) => ({
    Type: "bind" as const,
    Source,
    Target,
    ReadOnly: true,
  });
  const room = limits.bytes + 64 * 2 ** 20;
  const inodes = limits.files * 2 + 4096;
  const trusted = [`NODE_EXTRA_CA_CERTS=${inside.certificates}`, `PIP_CERT=${inside.certificates}`];
  return {
    Image: image,
    User: user,
    Entrypoint: plan.runtime === "python" ? ["python3", "-B"] : ["node", "--no-warnings"],
    Cmd: [program],
    WorkingDir: "/tmp",
    Tty: false,
    OpenStdin: false,
    AttachStdin: false,
    AttachStdout: true,
    AttachStderr: true,
    Env: [
      `PULSE_INSTALL=${inside.asked}`,
      "HOME=/tmp",
      "TMPDIR=/tmp",
      "LANG=C.UTF-8",
      "NO_COLOR=1",
      "PIP_CONFIG_FILE=/dev/null",
      ...(certificates ? trusted : []),
    ],
    Labels: { "pulse.runner": runner, "pulse.project": project, "pulse.build": plan.runtime },
    HostConfig: {
      ...(runtime === null ? {} : { Runtime: runtime }),
      NetworkMode: "none",
      Sysctls: { "net.ipv6.conf.all.disable_ipv6": "1" },
      ReadonlyRootfs: true,
      Mounts: [
        bind(folder, inside.source),
        bind(`${line}/programs`, inside.programs),
        bind(line, inside.sockets),
      ],
      Tmpfs: {
        [inside.work]: `rw,exec,nosuid,nodev,size=${room},nr_inodes=${inodes},mode=1777`,
        "/tmp": `rw,exec,nosuid,nodev,size=${room},nr_inodes=${inodes},mode=1777`,
      },
      ShmSize: 16 * 2 ** 20,
      CapDrop: ["ALL"],
      SecurityOpt: securityOptions(seccomp),
      PidsLimit: limits.pids,
      Memory: limits.memory + 2 * room,
      MemorySwap: limits.memory + 2 * room,
      NanoCpus: 2e9,
      Ulimits: [{ Name: "nofile", Soft: openFiles, Hard: openFiles }],
      Init: true,
      Privileged: false,
      AutoRemove: false,
      LogConfig: { Type: "none", Config: {} },
      RestartPolicy: { Name: "no" },
    },
  };
}
