import { createHash } from "node:crypto";
import type Docker from "dockerode";
import type { OpenedRange } from "./address-rules.ts";
import { firewallScript, nameServersScript, noFirewallScript, readNameServers } from "./firewall.ts";
import { containerScript, type HostScript, hereScript, isHere } from "./host-script.ts";

/** Whatever rewrites the host's packet filters is answered within this time; where that takes a container, more rarely. */
const assertEveryMs = { here: 4_000, container: 60_000 };

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
}

/**
 * A network of its own for each project whose functions have `egress: open`: its containers cannot reach one another, other projects', the
 * host, or closed ranges. The packet filters stand before a network is given out, and are put back every few seconds while one is there.
 */
export class ProjectNetworks {
  readonly #options: Options;
  readonly #id: string;
  readonly #networks = new Map<string, Promise<string>>();
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

  /** The name of the project's network. Throws when this machine cannot hold its containers back. Where this process cannot set packet filters, a container of the image does. */
  of(project: string, image: string): Promise<string> {
    const known = this.#networks.get(project);
    if (known !== undefined) return known;
    const made = this.#make(project, image);
    this.#networks.set(project, made);
    made.catch(() => this.#networks.delete(project));
    return made;
  }

  async #make(project: string, image: string): Promise<string> {
    const { docker, runner, policy } = this.#options;
    const name = `pulse-${this.#id}-${digest(project, 12)}`;
    const bridge = `${this.#bridges}${digest(project, 5)}`;
    await docker.createNetwork({
      Name: name,
      Driver: "bridge",
      EnableIPv6: false,
      Labels: { "pulse.runner": runner, "pulse.project": project },
      Options: {
        "com.docker.network.bridge.name": bridge,
        "com.docker.network.bridge.enable_icc": "false",
      },
    });
    if (!policy.filtered) return name;
    try {
      this.#script ??= isHere(bridge) ? hereScript : containerScript(docker, image, runner);
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

  /** Puts the packet filters where they are missing; callers at the same time share one run. */
  #guard(): Promise<void> {
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

  /** Removes this runner's networks that no container is in any longer, and with the last one the packet filters. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    await this.#guarding?.catch(() => undefined);
    this.#networks.clear();
    await sweepNetworks(this.#options.docker, this.#options.runner);
    await this.#script?.(noFirewallScript({ id: this.#id, bridges: this.#bridges })).catch(() => undefined);
  }
}

/** Removes the networks that carry this runner's label and have no container. */
export async function sweepNetworks(docker: Docker, runner: string): Promise<void> {
  const left = await docker.listNetworks({ filters: { label: [`pulse.runner=${runner}`] } });
  await Promise.all(
    left.map(({ Id }) =>
      docker
        .getNetwork(Id)
        .remove()
        .catch(() => undefined),
    ),
  );
}

function digest(text: string, length: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}
