import { once } from "node:events";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import { attachTo, createPartReader, type TakePart } from "./attach.ts";
import { type CommandContainerEnd, endBefore, endOf } from "./command-container-end.ts";
import {
  type ContainerCommand,
  commandContainerOptions,
  commandLabel,
  fenceLabel,
} from "./command-container-options.ts";
import type { Confinement } from "./confinement.ts";
import { isGone } from "./container-exit.ts";
import { waitedLine, waitingScript } from "./custom/once.ts";
import { drained } from "./drained.ts";
import type { NetworkPlace, ProjectNetworks } from "./egress/project-networks.ts";
import type { CustomImages } from "./images/custom-images.ts";
import { MemoryWitness } from "./memory-witness.ts";

/** A container under way. */
export interface CommandContainer {
  /** How it ended, once all that it said was taken. Never rejects. */
  ended: Promise<CommandContainerEnd>;
  /** Ends it: SIGTERM, and SIGKILL after `graceMs`. Never rejects. */
  stop(graceMs: number): Promise<void>;
  /** Takes it off the machine. Never rejects. */
  remove(): Promise<void>;
  /** Stops listening, and leaves it to the next process of this runner. */
  leave(): void;
}

/** Whose command a container runs. */
export type CommandKey = Pick<ContainerCommand, "execution" | "fence">;

const logMostMs = 10_000;

/**
 * Containers for commands. Of the machine they see their folder; of the network what functions with `egress: open` see, where the policy does not forbid that.
 * They outlive the runner's process, and the next one goes on with them.
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
    const place = command.limits.hasNetwork
      ? await this.#networks.join(command.project, this.#filterImage())
      : null;
    let container: Docker.Container | null = null;
    try {
      const placement = { runner: this.#runner, network: place?.name ?? null, waiting: waitingScript };
      const of = { ...placement, image: pinned, confinement: this.#confinement };
      const made = await this.#docker.createContainer(commandContainerOptions(command, of));
      container = made;
      const attached = await attachTo(this.#docker, made.id, { stdin: true });
      attached.on("error", () => undefined);
      attached.on("data", createPartReader(take));
      const witness = new MemoryWitness(this.#docker, made.id);
      // Asked for before it starts, so that no exit is missed.
      const ended = endOf(made, "next-exit", witness, async () => {
        await drained([attached]);
        attached.destroy();
      });
      await made.start();
      witness.begin();
      await given(attached, waitedLine(command.variables));
      return this.#under(made, place, ended, () => attached.destroy());
    } catch (error) {
      await removed(container, place);
      throw error;
    }
  }

  /** The commands that run, or have ended, in containers of this runner. */
  async find(): Promise<CommandKey[]> {
    const found = await this.#docker.listContainers({ all: true, filters: { label: this.#labels() } });
    return found.flatMap(({ Labels }) => {
      const execution = Labels[commandLabel];
      return execution === undefined ? [] : [{ execution, fence: Number(Labels[fenceLabel]) }];
    });
  }

  /** Goes on with one that an earlier process started: `take` gets all that it has said from its beginning on. Null: it is not there. */
  async resume(
    key: CommandKey,
    project: string,
    take: TakePart,
    say: (line: string) => void,
  ): Promise<CommandContainer | null> {
    const container = await this.#find(key);
    const state = await container?.inspect().catch(() => null);
    if (container === null || !state) return null;
    const isInNetwork = state.State.Running && state.HostConfig.NetworkMode !== "none";
    // What keeps it from closed networks stands again before anything else is done.
    const place = isInNetwork ? await this.#networks.join(project, this.#filterImage()) : null;
    const said = await this.#logOf(container, take).catch((error: unknown) => {
      say(`the engine does not show what it has said: ${String(error)}`);
      return null;
    });
    const witness = new MemoryWitness(this.#docker, container.id);
    witness.begin();
    const taken = async () => {
      if (said !== null) await Promise.race([said.over, sleep(logMostMs, undefined, { ref: false })]);
      said?.close();
    };
    const ended = state.State.Running
      ? endOf(container, "not-running", witness, taken)
      : taken().then(() => endBefore(state.State));
    return this.#under(container, place, ended, () => said?.close());
  }

  /** Ends the container of a command, if there is one. */
  async remove(key: CommandKey): Promise<void> {
    await removed(await this.#find(key), null);
  }

  #under(
    container: Docker.Container,
    place: NetworkPlace | null,
    ended: Promise<CommandContainerEnd>,
    close: () => void,
  ): CommandContainer {
    return {
      ended,
      stop: (graceMs) => stop(container, graceMs),
      remove: () => removed(container, place),
      leave() {
        close();
        place?.release();
      },
    };
  }

  #labels(): string[] {
    return [`pulse.runner=${this.#runner}`, commandLabel];
  }

  async #find({ execution, fence }: CommandKey): Promise<Docker.Container | null> {
    const label = [...this.#labels(), `${commandLabel}=${execution}`, `${fenceLabel}=${fence}`];
    const [found] = await this.#docker.listContainers({ all: true, filters: { label } });
    return found === undefined ? null : this.#docker.getContainer(found.Id);
  }

  async #logOf(container: Docker.Container, take: TakePart) {
    // Its types say that this is a stream of node, which it is: a response that can be destroyed.
    const stream = (await container.logs({ follow: true, stdout: true, stderr: true })) as Readable;
    stream.on("data", createPartReader(take));
    stream.on("error", () => undefined);
    const over = once(stream, "close").then(
      () => undefined,
      () => undefined,
    );
    return { over, close: () => void stream.destroy() };
  }
}

/** Gives a container its variables, and with them its beginning. One that takes none has ended: its exit code tells. */
async function given(attached: Socket, line: string): Promise<void> {
  await new Promise<void>((resolve) => attached.write(line, () => resolve()));
  attached.end();
}

async function stop(container: Docker.Container, graceMs: number): Promise<void> {
  await container.stop({ t: Math.ceil(graceMs / 1000) }).catch(async (error: unknown) => {
    if (!isGone(error)) await container.kill().catch(() => undefined);
  });
}

async function removed(container: Docker.Container | null, place: NetworkPlace | null): Promise<void> {
  await container?.remove({ force: true, v: true }).catch(() => undefined);
  place?.release();
}
