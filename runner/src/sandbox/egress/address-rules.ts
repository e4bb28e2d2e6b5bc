import { BlockList, isIP } from "node:net";
import { closedRanges, closedRanges6 } from "@pulse/schema/closed-ranges";

// `::/3` and `4000::` upwards hold loopback, mapped and translated IPv4, unique local, link-local and multicast: only `2000::/3` is global.
const closed6 = ["::/3", "4000::/2", "8000::/1", ...closedRanges6];

/** A network that a runner's policy opens: `10.1.2.0/24`, `10.1.2.3`, `fd00:1::/64`, each with an optional port. */
export interface OpenedRange {
  network: string;
  prefix: number;
  /** Null: every port. */
  port: number | null;
}

/** Reads `network[/prefix][:port]`, IPv6 networks in brackets where a port follows; null for anything else. */
export function readOpenedRange(text: string): OpenedRange | null {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)|([0-9a-fA-F:/.]+))(?::(\d{1,5}))?$/.exec(text.trim());
  const written = match?.[1] ?? match?.[2] ?? match?.[3];
  if (match === null || written === undefined || (match[3] !== undefined && match[4] !== undefined))
    return null;
  const [network = "", bits] = written.split("/");
  const kind = isIP(network);
  const widest = kind === 6 ? 128 : 32;
  const prefix = bits === undefined ? widest : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
  const port = match[4] === undefined ? null : Number(match[4]);
  const isPort = port === null || (port > 0 && port < 65_536);
  return kind === 0 || prefix < 0 || prefix > widest || !isPort ? null : { network, prefix, port };
}

/** Whether an address is globally reachable, or opened by the policy at this port. */
export function mayReach(address: string, port: number, opened: readonly OpenedRange[]): boolean {
  const kind = isIP(address);
  if (kind === 0) return false;
  const family = kind === 6 ? "ipv6" : "ipv4";
  if (!closed[family].check(address, family)) return true;
  return opened.some((range) => {
    if (range.port !== null && range.port !== port) return false;
    if (isIP(range.network) !== kind) return false;
    const list = new BlockList();
    list.addSubnet(range.network, range.prefix, family);
    return list.check(address, family);
  });
}

// One list for each family: a list that holds IPv6 ranges checks an IPv4 address as the IPv6 one that it maps to.
const closed = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const range of closedRanges) add(range, "ipv4");
for (const range of closed6) add(range, "ipv6");

function add(range: string, family: "ipv4" | "ipv6"): void {
  const [network = "", prefix] = range.split("/");
  closed[family].addSubnet(network, Number(prefix), family);
}
