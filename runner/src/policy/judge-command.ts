import { ownUser } from "../shell/machine-user.ts";
import type { CommandJob } from "../work.ts";
import { named, refusalOfImage } from "./judge.ts";
import { type CommandMode, commandModes, type Policy, type StartedWith } from "./policy.ts";
import { type Reach, refusalOfPlace } from "./reach.ts";

/** What commands this runner takes now: the stricter of what it was started with and what its policy says. */
export function modeOf(policy: Policy, started: CommandMode): CommandMode {
  const asked = policy.commands?.mode ?? "allow";
  return commandModes[Math.min(commandModes.indexOf(asked), commandModes.indexOf(started))] ?? "deny";
}

/** Why a policy does not allow a command on this machine, in words for whoever sees its execution; null: it does. */
export function refusalOfCommand(policy: Policy, started: CommandMode, job: CommandJob): string | null {
  const { commands } = policy;
  const { work, user, image } = job.spec;
  const mode = modeOf(policy, started);
  if (mode === "deny") return "no commands";
  const refusal = refusalOfAny(policy, job);
  if (refusal !== null) return refusal;
  if (mode === "allowlist" && work.is !== "ref")
    return `no free ${work.is}: only commands that it describes itself`;
  if (work.is === "ref" && !named(commands?.allowed, work.name)) return `not the command "${work.name}"`;
  const runsAs = user ?? ownUser().name;
  // What the machine describes runs as its description says; the users of an image are its own.
  if (work.is !== "ref" && image === null && commands?.users?.includes(runsAs) === false)
    return `no commands as user "${runsAs}"`;
  return image === null ? null : refusalOfImage(policy, image);
}

/** Where requests of workflows may go now: all of these must allow a place. Nobody who may run any command here gains by them. */
export function reachesOf(policy: Policy, { mode, requests }: StartedWith): Reach[] {
  const users = policy.commands?.users;
  const runsAny = modeOf(policy, mode) === "allow" && users?.includes(ownUser().name) !== false;
  return [requests ?? (runsAny ? "any" : "none"), policy.requests];
}

/** Whether a policy allows requests to anywhere. */
export function takesRequests(policy: Policy, started: StartedWith): boolean {
  const isClosed = reachesOf(policy, started).some((reach) => reach === "none" || reach.length === 0);
  return !isClosed && policy.kinds?.includes("command") !== false;
}

/** Why a policy does not allow a request of a workflow, in words for whoever sees its execution; null: it does. */
export function refusalOfRequest(
  policy: Policy,
  started: StartedWith,
  job: CommandJob,
  url: URL,
): string | null {
  return refusalOfAny(policy, job) ?? refusalOfCall(policy, started, url);
}

/** Why a policy does not allow a URL to be called, in words; null: it does. */
export function refusalOfCall(policy: Policy, started: StartedWith, url: URL): string | null {
  const refusals = reachesOf(policy, started).map((reach) => refusalOfPlace(reach, url));
  return refusals.find((one) => one !== null) ?? null;
}

function refusalOfAny({ kinds, projects, secrets, timeout }: Policy, job: CommandJob): string | null {
  if (kinds !== undefined && !kinds.includes("command")) return "no command jobs";
  if (!named(projects, job.project)) return `nothing of the project "${job.project}"`;
  if (!secrets && job.secrets !== null) return "no jobs with secrets";
  if (timeout !== undefined && !(job.timeoutMs <= timeout))
    return `at most ${timeout / 1000} s, got ${job.timeoutMs / 1000}`;
  return null;
}
