import { createHash } from "node:crypto";
import type Docker from "dockerode";
import type { OpenedRange } from "./address-rules.ts";
import { firewallScript, nameServersScript, noFirewallScript, readNameServers } from "./firewall.ts";
import { containerScript, type HostScript, hereScript, isHere } from "./host-script.ts";
import { freeSubnet, readRoutes } from "./subnets.ts";

/** Whatever rewrites the host's packet filters is answered within this time; where that takes a container, more rarely. */
const assertEveryMs = { here: 4_000, container: 60_000 };
const idleMs = 300_000;
const createTries = 5;

/** What this runner's operator allows functions with `egress: open`. */
export interface EgressPolicy {
  /** False: nothing is held back; the operator has other means. */
  filtered: boolean;
  opened: readonly OpenedRange[];
}

interface Options {
  docker: Docker;
  runner: string;
  policy: EgressPolicy;
  log: (line: string) => void;
  /** How long a network stays when no container is in it; milliseconds. */
  idleMs?: number;
}

/** A place in a project's network. Whoever has it gives it back. */
export interface NetworkPlace {
  name: string;
  release(): void;
}

interface Network {
  name: Promise<string>;
  users: number;
  timer: NodeJS.Timeout | null;
}

/**
 * A network of its own for each project whose functions have `egress: open`: its containers cannot reach one another, other projects', the
 * host, or closed ranges. The packet filters stand before a network is given out, and are put back every few seconds while one is there. A
 * network that nobody used for five minutes is removed, and sooner when there is no room for another.
 */
export class ProjectNetworks {
  readonly #options: Options;
  readonly #id: string;
  readonly #networks = new Map<string, Network>();
  readonly #leaving = new Map<string, Promise<void>>();
  #script: HostScript | null = null;
  #nameServers: string[] = [];
  #timer: NodeJS.Timeout | null = null;
  #guarding: Promise<void> | null = null;

  constructor(options: Options) {
    this.#options = options;
    this.#id = digest(options.runner, 6);
  }

  get #bridges(): string {
    return `pl${this.#id}-`;
  }

  /**
   * A place in the project's network. Throws when there is no room for one, or when this machine cannot hold its containers back. Where this
   * process cannot set packet filters, a container of the image does.
   */
  async join(project: string, image: string): Promise<NetworkPlace> {
    const network = this.#networks.get(project) ?? this.#add(project, image);
    network.users += 1;
    if (network.timer !== null) clearTimeout(network.timer);
    network.timer = null;
    let isIn = true;
    const release = () => {
      if (!isIn) return;
      isIn = false;
      network.users -= 1;
      if (network.users > 0 || this.#networks.get(project) !== network) return;
      const wait = this.#options.idleMs ?? idleMs;
      network.timer = setTimeout(() => void this.#remove(project, network), wait).unref();
    };
    try {
      const name = await network.name;
      // Packet filters that somebody flushed are back before code starts behind them.
      if (this.#script === hereScript) await this.#guard();
      return { name, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  #add(project: string, image: string): Network {
    const made = (this.#leaving.get(project) ?? Promise.resolve()).then(() => this.#make(project, image));
    const network: Network = { name: made, users: 0, timer: null };
    this.#networks.set(project, network);
    made.catch(() => {
      if (this.#networks.get(project) === network) this.#networks.delete(project);
    });
    return network;
  }

  /** Removes a network that nobody is in. What is asked for meanwhile waits, and makes it anew. */
  #remove(project: string, network: Network): Promise<void> {
    if (network.users > 0 || this.#networks.get(project) !== network) return Promise.resolve();
    this.#networks.delete(project);
    if (network.timer !== null) clearTimeout(network.timer);
    const leaving = network.name
      .then((name) => this.#options.docker.getNetwork(name).remove())
      .catch((error: unknown) => this.#options.log(`an idle network stays: ${String(error)}`))
      .finally(() => this.#leaving.delete(project));
    this.#leaving.set(project, leaving);
    return leaving;
  }

  async #make(project: string, image: string): Promise<string> {
    const { docker, policy } = this.#options;
    const bridge = `${this.#bridges}${digest(project, 5)}`;
    const name = await this.#create(project, bridge);
    if (!policy.filtered) return name;
    try {
      this.#script ??= isHere(bridge) ? hereScript : containerScript(docker, image, this.#options.runner);
      this.#nameServers = readNameServers(await this.#script(nameServersScript));
      await this.#guard();
    } catch (cause) {
      await docker
        .getNetwork(name)
        .remove()
        .catch(() => undefined);
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(
        `this machine cannot hold functions back from its own network: ${why}. Give the function "egress": "none" or a list, or set PULSE_EGRESS=unfiltered on the runner`,
        { cause },
      );
    }
    this.#timer ??= setInterval(
      () => {
        this.#guard().catch((error: unknown) =>
          this.#options.log(`the packet filters of functions could not be checked: ${String(error)}`),
        );
      },
      this.#script === hereScript ? assertEveryMs.here : assertEveryMs.container,
    ).unref();
    return name;
  }

  /** Makes the network where there is room, and makes room by removing networks that nobody is in. */
  async #create(project: string, bridge: string): Promise<string> {
    const { docker, runner } = this.#options;
    const name = `pulse-${this.#id}-${digest(project, 12)}`;
    const refused: string[] = [];
    for (let tried = 0; ; tried++) {
      const there = await docker.listNetworks();
      // One that could not be removed while a container was still on its way out.
      if (there.some(({ Name, Labels }) => Name === name && Labels?.["pulse.runner"] === runner)) return name;
      const subnets = there.flatMap(({ IPAM }) => IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []);
      const used = [...subnets, ...(await this.#routes()), ...refused];
      const subnet = freeSubnet(used, Number.parseInt(digest(project, 2), 16));
      try {
        await docker.createNetwork({
          Name: name,
          Driver: "bridge",
          EnableIPv6: false,
          ...(subnet === null ? {} : { IPAM: { Driver: "default", Config: [{ Subnet: subnet }] } }),
          Labels: { "pulse.runner": runner, "pulse.project": project },
          Options: {
            "com.docker.network.bridge.name": bridge,
            "com.docker.network.bridge.enable_icc": "false",
          },
        });
        return name;
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        if (!/overlap|address pool|subnet|exchange full|no space/i.test(why)) throw error;
        if (subnet !== null) refused.push(subnet);
        const idle = [...this.#networks].filter(([, network]) => network.users === 0);
        await Promise.all(idle.map(([of, network]) => this.#remove(of, network)));
        if (tried < createTries) continue;
        throw new Error(
          `this machine has no room for another network: ${why}. Remove networks that nobody uses (docker network prune), let fewer projects share this runner, or give the function "egress": "none" or a list`,
          { cause: error },
        );
      }
    }
  }

  /** What the host reaches by other ways. */
  async #routes(): Promise<string[]> {
    return readRoutes(await (this.#script ?? hereScript)("cat /proc/net/route").catch(() => ""));
  }

  /** Puts the packet filters where they are missing; callers at the same time share one run. */
  #guard(): Promise<void> {
    if (!this.#options.policy.filtered) return Promise.resolve();
    const rules = {
      id: this.#id,
      bridges: this.#bridges,
      opened: this.#options.policy.opened,
      nameServers: this.#nameServers,
    };
    this.#guarding ??= (this.#script ?? hereScript)(firewallScript(rules))
      .then(() => undefined)
      .finally(() => {
        this.#guarding = null;
      });
    return this.#guarding;
  }

  /** Removes this runner's networks that no container is in any longer, and with the last one the packet filters: a command may go on in one. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    for (const { timer } of this.#networks.values()) if (timer !== null) clearTimeout(timer);
    await this.#guarding?.catch(() => undefined);
    await Promise.all(this.#leaving.values());
    this.#networks.clear();
    const isLeft = await sweepNetworks(this.#options.docker, this.#options.runner);
    if (isLeft) return;
    await this.#script?.(noFirewallScript({ id: this.#id, bridges: this.#bridges })).catch(() => undefined);
  }
}

/** Removes the networks that carry this runner's label and have no container; whether any is left. */
export async function sweepNetworks(docker: Docker, runner: string): Promise<boolean> {
  const left = await docker.listNetworks({ filters: { label: [`pulse.runner=${runner}`] } });
  const stays = await Promise.all(
    left.map(({ Id }) =>
      docker
        .getNetwork(Id)
        .remove()
        .then(
          () => false,
          () => true,
        ),
    ),
  );
  return stays.includes(true);
}

function digest(text: string, length: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}
