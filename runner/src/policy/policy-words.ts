import { orders, type Policy } from "./policy.ts";

/** What a policy allows, a line for each thing that it restricts; none: everything. */
export function policyWords(policy: Policy): string[] {
  const { gateways, projects, functions, kinds, runtimes, images, egress, requests, obeys } = policy;
  const { memory, cpus, timeout } = policy;
  const lines: (string | null)[] = [
    listed("gateways", gateways),
    listed("projects", projects),
    listed("functions", functions),
    listed("jobs", kinds),
    listed("runtimes", runtimes),
    listed("images", images),
    policy.process ? null : "code in containers only",
    egress === "any" ? null : egress === "none" ? "no egress" : listed("egress to", egress),
    requests === "any" ? null : requests === "none" ? "no requests" : listed("requests to", requests),
    policy.installScripts ? null : "no install scripts",
    policy.secrets ? null : "no secrets",
    policy.commands === undefined ? null : `commands: ${policy.commands.mode}`,
    policy.commands?.sudo === false ? "commands gain no rights" : null,
    listed("described commands", policy.commands?.allowed),
    listed("commands as", policy.commands?.users),
    memory === undefined ? null : `memory up to ${memory / 2 ** 20} MB`,
    cpus === undefined ? null : `up to ${cpus} processors`,
    timeout === undefined ? null : `up to ${timeout / 1000} s`,
    obeys.length === orders.length ? null : listed("obeys", obeys),
  ];
  return lines.filter((line) => line !== null);
}

function listed(what: string, names: readonly string[] | undefined): string | null {
  return names === undefined ? null : `${what}: ${names.join(", ") || "none"}`;
}
