import type { ContainerCreateOptions } from "dockerode";
import type { Confinement } from "./confinement.ts";
import { securityOptions } from "./docker-spec.ts";

/** What the operator of the machine leaves to one container of a command. */
export interface CommandLimits {
  /** Bytes. */
  memory: number;
  /** Null: all processors. */
  cpus: number | null;
  /** False: no network at all. */
  hasNetwork: boolean;
}

/** A command that runs in an image. */
export interface ContainerCommand {
  image: string;
  project: string;
  execution: string;
  fence: number;
  words: readonly string[];
  /** What it is given as variables. They come to it over its standard input, so that they stand in no configuration and on no disk. */
  variables: Readonly<Record<string, string>>;
  /** The folder of this machine that it finds under `/pulse`, to be read only. */
  folder: string;
  /** A user of the image; null: the image's own. */
  user: string | null;
  /** Null: the image's own. */
  cwd: string | null;
  /** Whether the engine keeps what it says, for another process of this runner. */
  isKept: boolean;
  limits: CommandLimits;
}

/** Where the folder of a command is in its container. */
export const commandFolder = "/pulse";
/** Whoever carries this label runs a command, and outlives the runner's process. */
export const commandLabel = "pulse.execution";
export const fenceLabel = "pulse.fence";

const pids = 4096;
/** What installs and builds as root need of the rights of root; packets of its own making, devices and the like are not among it. */
const rights = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID"];
/** As much of what it says as the engine keeps, in four files. */
const keptLog = { Type: "local", Config: { "max-size": "16m", "max-file": "4" } };

/** The profile of a command's container: the image's own root and file system, and nothing else of what functions are not given either. */
export function commandContainerOptions(
  command: ContainerCommand,
  placement: {
    image: string;
    runner: string;
    network: string | null;
    confinement: Confinement;
    waiting: string;
  },
): ContainerCreateOptions {
  const { words, folder, user, cwd, project, execution, fence, limits, isKept } = command;
  const { image, runner, network, waiting } = placement;
  const { runtime, seccomp } = placement.confinement;
  return {
    Image: image,
    // The words are all that runs: an entry point of the image would take them as its arguments.
    Entrypoint: ["/bin/sh", "-c", waiting, "pulse", ...words],
    Cmd: [],
    ...(user === null ? {} : { User: user }),
    ...(cwd === null ? {} : { WorkingDir: cwd }),
    Env: [`PULSE_EXECUTION=${execution}`],
    Tty: false,
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Labels: {
      "pulse.runner": runner,
      "pulse.project": project,
      [commandLabel]: execution,
      [fenceLabel]: String(fence),
    },
    HostConfig: {
      ...(runtime === null ? {} : { Runtime: runtime }),
      NetworkMode: network ?? "none",
      Sysctls: { "net.ipv6.conf.all.disable_ipv6": "1" },
      Mounts: [{ Type: "bind", Source: folder, Target: commandFolder, ReadOnly: true }],
      CapDrop: ["ALL"],
      CapAdd: [...rights],
      SecurityOpt: securityOptions(seccomp),
      PidsLimit: pids,
      Memory: limits.memory,
      MemorySwap: limits.memory,
      ...(limits.cpus === null ? {} : { NanoCpus: Math.round(limits.cpus * 1e9) }),
      Ulimits: [{ Name: "core", Soft: 0, Hard: 0 }],
      Init: true,
      Privileged: false,
      AutoRemove: false,
      LogConfig: isKept ? keptLog : { Type: "none", Config: {} },
      RestartPolicy: { Name: "no" },
    },
  };
}
