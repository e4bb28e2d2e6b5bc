import type { Socket } from "node:net";
import type Docker from "dockerode";
import type { ContainerCreateOptions } from "dockerode";
import { attachTo, createPartReader, type TakePart } from "./attach.ts";
import type { Confinement } from "./confinement.ts";
import { isGone } from "./container-exit.ts";
import { securityOptions } from "./docker-spec.ts";
import { drained } from "./drained.ts";
import type { ProjectNetworks } from "./egress/project-networks.ts";
import type { CustomImages } from "./images/custom-images.ts";

/** A command that runs in an image: its words, and the folder of this machine that it finds under `/pulse`, to be read only. */
export interface ContainerCommand {
  image: string;
  project: string;
  words: readonly string[];
  folder: string;
  /** A user of the image; null: the image's own. */
  user: string | null;
  /** Null: the image's own. */
  cwd: string | null;
  env: Readonly<Record<string, string>>;
}

/** A container under way. */
export interface CommandContainer {
  /** Its exit code once all that it said was taken; null: its engine went away, and nobody saw how it ended. Never rejects. */
  ended: Promise<number | null>;
  /** Ends it: SIGTERM, and SIGKILL after `graceMs`. Never rejects. */
  stop(graceMs: number): Promise<void>;
  /** Takes it off the machine. Never rejects. */
  remove(): Promise<void>;
}

/** Where the folder of a command is in its container. */
export const commandFolder = "/pulse";

const pids = 4096;

/**
 * Containers for commands: the image's own root and file system, for a command installs and builds, with the engine's usual rights but raw packets, and without a
 * way to gain any. Of the machine it sees its folder; of the network what functions with `egress: open` see.
 */
export class CommandContainers {
  readonly #docker: Docker;
  readonly #runner: string;
  readonly #images: CustomImages;
  readonly #networks: ProjectNetworks;
  readonly #confinement: Confinement;
  readonly #filterImage: () => string;

  constructor(options: {
    docker: Docker;
    runner: string;
    images: CustomImages;
    networks: ProjectNetworks;
    confinement: Confinement;
    /** An image of ours whose container sets packet filters where this process cannot. */
    filterImage: () => string;
  }) {
    this.#docker = options.docker;
    this.#runner = options.runner;
    this.#images = options.images;
    this.#networks = options.networks;
    this.#confinement = options.confinement;
    this.#filterImage = options.filterImage;
  }

  /** Starts one; its image is pulled when it is not here. Throws `ImageError`, and what the engine refuses. */
  async start(
    command: ContainerCommand,
    take: TakePart,
    say: (line: string) => void,
  ): Promise<CommandContainer> {
    const { pinned } = await this.#images.ensure(command.image, command.image, say);
    const place = await this.#networks.join(command.project, this.#filterImage());
    let container: Docker.Container | null = null;
    const remove = async () => {
      await container?.remove({ force: true, v: true }).catch(() => undefined);
      place.release();
    };
    try {
      const made = await this.#docker.createContainer(this.#options(command, pinned, place.name));
      container = made;
      const attached = await attachTo(this.#docker, made.id, { stdin: false });
      attached.on("error", () => undefined);
      attached.on("data", createPartReader(take));
      const ended = endOf(made, attached);
      await made.start();
      return { ended, remove, stop: (graceMs) => stop(made, graceMs) };
    } catch (error) {
      await remove();
      throw error;
    }
  }

  #options(command: ContainerCommand, image: string, network: string): ContainerCreateOptions {
    const { words, folder, user, cwd, env, project } = command;
    const { runtime, seccomp } = this.#confinement;
    return {
      Image: image,
      // The words are all that runs: an entry point of the image would take them as its arguments.
      Entrypoint: [...words],
      Cmd: [],
      ...(user === null ? {} : { User: user }),
      ...(cwd === null ? {} : { WorkingDir: cwd }),
      Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      Tty: false,
      AttachStdout: true,
      AttachStderr: true,
      Labels: { "pulse.runner": this.#runner, "pulse.project": project },
      HostConfig: {
        ...(runtime === null ? {} : { Runtime: runtime }),
        NetworkMode: network,
        Sysctls: { "net.ipv6.conf.all.disable_ipv6": "1" },
        Mounts: [{ Type: "bind", Source: folder, Target: commandFolder, ReadOnly: true }],
        CapDrop: ["NET_RAW", "MKNOD", "AUDIT_WRITE"],
        SecurityOpt: securityOptions(seccomp),
        PidsLimit: pids,
        Init: true,
        Privileged: false,
        AutoRemove: false,
        LogConfig: { Type: "none", Config: {} },
        RestartPolicy: { Name: "no" },
      },
    };
  }
}

async function endOf(container: Docker.Container, attached: Socket): Promise<number | null> {
  // Asked for before it starts, so that no exit is missed.
  const code = await container.wait({ condition: "next-exit" }).then(
    (answer: { StatusCode: number }) => answer.StatusCode,
    () => null,
  );
  await drained([attached]);
  attached.destroy();
  return code;
}

async function stop(container: Docker.Container, graceMs: number): Promise<void> {
  await container.stop({ t: Math.ceil(graceMs / 1000) }).catch(async (error: unknown) => {
    if (!isGone(error)) await container.kill().catch(() => undefined);
  });
}
