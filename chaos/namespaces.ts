import { execFileSync } from "node:child_process";

/** Which packets vanish: all, those towards the gateway, or those from it. */
export type Cut = "both" | "up" | "down";

const ip = (...args: string[]) => execFileSync("ip", args, { stdio: ["ignore", "pipe", "pipe"] });

/** Network namespaces around a bridge of their own; the gateway stands outside of them at `gateway`. Needs root. */
export class Namespaces {
  /** The address of the gateway as the namespaces reach it. */
  readonly gateway: string;
  readonly #prefix: string;
  readonly #net: string;
  readonly #names: string[] = [];

  /** `id` from 0 to 255 tells apart the networks of one machine. */
  constructor(id: number) {
    this.#prefix = `pcut${id}`;
    this.#net = `10.231.${id}`;
    this.gateway = `${this.#net}.1`;
    ip("link", "add", this.#prefix, "type", "bridge");
    ip("addr", "add", `${this.gateway}/24`, "dev", this.#prefix);
    ip("link", "set", this.#prefix, "up");
  }

  /** Makes one more namespace; what is to run in it goes after the words this answers. */
  add(): { name: string; within: string[] } {
    const n = this.#names.length + 2;
    const name = `${this.#prefix}-${n}`;
    const [outside, inside] = [`${this.#prefix}o${n}`, `${this.#prefix}i${n}`];
    ip("netns", "add", name);
    this.#names.push(name);
    ip("link", "add", outside, "type", "veth", "peer", "name", inside);
    ip("link", "set", outside, "master", this.#prefix, "up");
    ip("link", "set", inside, "netns", name);
    ip("-n", name, "addr", "add", `${this.#net}.${n}/24`, "dev", inside);
    ip("-n", name, "link", "set", inside, "up");
    ip("-n", name, "link", "set", "lo", "up");
    return { name, within: ["ip", "netns", "exec", name] };
  }

  /** Lets packets of a namespace vanish without a word. */
  cut(name: string, cut: Cut): void {
    if (cut !== "down") this.#rule(name, "-A", "OUTPUT", "-d");
    if (cut !== "up") this.#rule(name, "-A", "INPUT", "-s");
  }

  /** Lets them through again. */
  heal(name: string, cut: Cut): void {
    if (cut !== "down") this.#rule(name, "-D", "OUTPUT", "-d");
    if (cut !== "up") this.#rule(name, "-D", "INPUT", "-s");
  }

  #rule(name: string, how: "-A" | "-D", chain: string, side: "-d" | "-s"): void {
    ip("netns", "exec", name, "iptables", "-w", how, chain, side, this.gateway, "-j", "DROP");
  }

  /** Removes everything. Processes inside are the caller's to end first. */
  remove(): void {
    for (const name of this.#names) ip("netns", "del", name);
    ip("link", "del", this.#prefix);
  }
}
