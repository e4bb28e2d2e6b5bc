import {
  type FirewallRules,
  firewallScript,
  nameServersScript,
  noFirewallScript,
} from "../sandbox/egress/firewall.ts";

const readingScripts = [nameServersScript, "cat /proc/net/route"];
const idIn = /PULSE-([a-z0-9]{1,10})-OUT\b/;
const exception =
  /^-A PULSE-[a-z0-9]+-OUT -d (\d{1,3}(?:\.\d{1,3}){3})(?:\/(\d{1,2}))?(?: -p (tcp|udp) --dport (\d{1,5}))? -j RETURN$/;

/**
 * Whether a script for the engine's host is one that a runner has, to the letter: what it says is read, written again by the runner's own code, and
 * compared. Whoever took a runner over can so make rules for bridges of functions, and nothing else.
 */
export function isOwnScript(script: string): boolean {
  if (readingScripts.includes(script)) return true;
  const id = idIn.exec(script)?.[1];
  if (id === undefined) return false;
  const names = { id, bridges: `pl${id}-` };
  if (script === noFirewallScript(names)) return true;
  return script === firewallScript({ ...names, ...exceptionsIn(script) });
}

/** The name servers and the networks that a script lets functions reach, in its order. */
function exceptionsIn(script: string): Pick<FirewallRules, "nameServers" | "opened"> {
  const nameServers: string[] = [];
  const opened: { network: string; prefix: number; port: number | null }[] = [];
  for (const line of script.split("\n")) {
    const found = exception.exec(line);
    if (found === null) continue;
    const [, network = "", prefix, protocol, port] = found;
    if (prefix !== undefined) {
      opened.push({ network, prefix: Number(prefix), port: port === undefined ? null : Number(port) });
    } else if (protocol === "udp") nameServers.push(network);
  }
  return { nameServers, opened };
}
