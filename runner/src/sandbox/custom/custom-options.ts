import type { ContainerCreateOptions } from "dockerode";
import { containerOptions, type Placement } from "../docker-spec.ts";
import type { CellSpec } from "../sandbox.ts";
import type { CustomSpec } from "./custom-spec.ts";

const companionMemory = 64 * 2 ** 20;
const companionPids = 32;

/** What an image says of itself, as far as it matters here. */
export interface ImageFacts {
  /** Its program with arguments; empty when it names none. */
  command: readonly string[];
  /** Folders that it wants to be volumes. */
  volumes: readonly string[];
  /** Whether it has `/bin/sh`. */
  hasShell: boolean;
}

/** The profile of a companion: that of every function container, with little room. */
export function companionOptions(spec: CellSpec, placement: Placement, port: number): ContainerCreateOptions {
  const base = containerOptions({ ...spec, memory: companionMemory, cpus: 1 }, placement);
  return {
    ...base,
    Entrypoint: ["python3", "-B", "/fn/companion.py"],
    Cmd: [],
    Env: [
      ...["PULSE_SOCKET=/fn/s", `PULSE_PORT=${port}`],
      ...(Array.isArray(spec.egress) ? ["PULSE_EGRESS_SOCKET=/fn/e"] : []),
    ],
    HostConfig: { ...base.HostConfig, PidsLimit: companionPids },
  };
}

/** Where a custom image's container stands besides. */
export interface CustomPlacement extends Placement {
  facts: ImageFacts;
  /** The container whose network it has; null: that of its own placement. */
  companion: string | null;
  port: number;
  /** What is run in place of the image's own program and arguments. */
  command: readonly string[];
  env: Readonly<Record<string, string>>;
  /** Its standard input is open. */
  hasInput: boolean;
}

/**
 * The profile of a custom image's container: that of every function container, whatever the image says of users, volumes, health checks and ports.
 * Nothing of a user's settings reaches it but sizes, the egress policy, the program and its environment.
 */
export function customOptions(
  spec: CellSpec & { custom: CustomSpec },
  { facts, companion, port, command, env, hasInput, ...placement }: CustomPlacement,
): ContainerCreateOptions {
  const { protocol } = spec.custom;
  const base = containerOptions(spec, { ...placement, transport: "stdio" });
  const own = [
    ...(base.Env ?? []).filter((one) =>
      /^(HOME|TMPDIR|(HTTP|HTTPS|ALL|NO)_PROXY|(http|https|all|no)_proxy)=/.test(one),
    ),
    ...(protocol === "http" ? [`PORT=${port}`] : []),
    ...(protocol === "stdio" ? ["PULSE_TRANSPORT=stdio"] : []),
    ...(protocol === "stdio" && placement.transport === "socket" ? ["PULSE_SOCKET=/fn/s"] : []),
  ];
  const given = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const [program, ...args] = command;
  const room = Math.floor(spec.memory / 4);
  const { Sysctls, ...host } = base.HostConfig ?? {};
  // Marks of calls are written from the companion, which must see the program's processes; its own first process reaps them then.
  const seesProcesses = companion !== null && protocol === "http";
  return {
    ...base,
    OpenStdin: hasInput,
    StdinOnce: hasInput,
    AttachStdin: hasInput,
    ...(program === undefined ? {} : { Entrypoint: [program], Cmd: args }),
    Env: [...own, ...given],
    Healthcheck: { Test: ["NONE"] },
    HostConfig: {
      ...host,
      ...(companion === null ? { Sysctls } : { NetworkMode: `container:${companion}` }),
      ...(seesProcesses ? { PidMode: `container:${companion}`, Init: false } : {}),
      Mounts: [
        ...(host.Mounts ?? []),
        ...facts.volumes
          .filter((path) => path !== "/tmp" && path !== "/fn")
          .map((path) => ({
            ...{ Type: "tmpfs" as const, Target: path, Source: "" },
            TmpfsOptions: { SizeBytes: room, Mode: 0o1777 },
          })),
      ],
    },
  };
}
