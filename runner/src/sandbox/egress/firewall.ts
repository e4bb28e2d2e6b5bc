import { closedRanges } from "@pulse/schema/closed-ranges";
import type { OpenedRange } from "./address-rules.ts";

/** What a runner's firewall is made for. */
export interface FirewallRules {
  /** Names the chains, at most 10 characters. */
  id: string;
  /** Every bridge whose name begins with this belongs to functions. */
  bridges: string;
  opened: readonly OpenedRange[];
  /** IPv4 addresses that are asked for names: reachable at port 53 wherever they stand. */
  nameServers: readonly string[];
}

const smtp = 25;

/**
 * The shell script that holds functions back on the engine's host, run as root in its network namespace: packets from their bridges reach the
 * host not at all, and no closed range (`address-rules.ts`). Each chain is replaced in one step, so no packet ever meets half of it; run
 * again, it changes nothing. IPv6 needs no rules, for the bridges have none.
 */
export function firewallScript(rules: FirewallRules): string {
  const [outward, inward] = chainsOf(rules.id);
  const exceptions = (chain: string) => [
    ...rules.nameServers.flatMap((address) =>
      ["udp", "tcp"].map((protocol) => `-A ${chain} -d ${address} -p ${protocol} --dport 53 -j RETURN`),
    ),
    ...rules.opened
      .filter(({ network }) => !network.includes(":"))
      .map(({ network, prefix, port }) => {
        const at = port === null ? "" : ` -p tcp --dport ${port}`;
        return `-A ${chain} -d ${network}/${prefix}${at} -j RETURN`;
      }),
  ];
  const table = [
    "*filter",
    `:${outward} - [0:0]`,
    `:${inward} - [0:0]`,
    ...exceptions(outward),
    ...closedRanges.map((range) => `-A ${outward} -d ${range} -j REJECT`),
    `-A ${outward} -p tcp --dport ${smtp} -j REJECT`,
    ...exceptions(inward),
    `-A ${inward} -j REJECT`,
    "COMMIT",
  ];
  return [
    "set -e",
    `iptables-restore --wait 5 --noflush <<'RULES'\n${table.join("\n")}\nRULES`,
    ...jumpsOf(rules).map((jump) => `iptables -w 5 -C ${jump} 2>/dev/null || iptables -w 5 -I ${jump}`),
  ].join("\n");
}

/** The script that takes everything away again. */
export function noFirewallScript(rules: Pick<FirewallRules, "id" | "bridges">): string {
  return [
    ...jumpsOf(rules).map((jump) => `while iptables -w 5 -D ${jump} 2>/dev/null; do :; done`),
    ...chainsOf(rules.id).flatMap((chain) => [
      `iptables -w 5 -F ${chain} 2>/dev/null || :`,
      `iptables -w 5 -X ${chain} 2>/dev/null || :`,
    ]),
  ].join("\n");
}

/** The script that prints where the host asks for names: dockerd passes containers' questions there from their own network. */
export const nameServersScript =
  "cat /etc/resolv.conf /run/systemd/resolve/resolv.conf 2>/dev/null | sed -n 's/^nameserver[[:space:]]*//p'";

/** The IPv4 addresses among the lines of `nameServersScript`. */
export function readNameServers(lines: string): string[] {
  const found = lines.split("\n").map((line) => line.trim());
  return [...new Set(found.filter((line) => /^\d+\.\d+\.\d+\.\d+$/.test(line) && !line.startsWith("127.")))];
}

function chainsOf(id: string): [outward: string, inward: string] {
  return [`PULSE-${id}-OUT`, `PULSE-${id}-IN`];
}

function jumpsOf({ id, bridges }: Pick<FirewallRules, "id" | "bridges">): string[] {
  const [outward, inward] = chainsOf(id);
  return [`DOCKER-USER -i ${bridges}+ -j ${outward}`, `INPUT -i ${bridges}+ -j ${inward}`];
}
