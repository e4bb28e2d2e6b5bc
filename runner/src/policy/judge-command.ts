import { ownUser } from "../shell/machine-user.ts";
import type { CommandJob } from "../work.ts";
import { named, refusalOfImage } from "./judge.ts";
import { type CommandMode, commandModes, type Policy } from "./policy.ts";

/** What commands this runner takes now: the stricter of what it was started with and what its policy says. */
export function modeOf(policy: Policy, started: CommandMode): CommandMode {
  const asked = policy.commands?.mode ?? "allow";
  return commandModes[Math.min(commandModes.indexOf(asked), commandModes.indexOf(started))] ?? "deny";
}

/** Why a policy does not allow a command on this machine, in words for whoever sees its execution; null: it does. */
export function refusalOfCommand(policy: Policy, started: CommandMode, job: CommandJob): string | null {
  const { kinds, projects, commands, timeout, secrets } = policy;
  const { work, user, image } = job.spec;
  const mode = modeOf(policy, started);
  if (mode === "deny") return "no commands";
  if (kinds !== undefined && !kinds.includes("command")) return "no command jobs";
  if (!named(projects, job.project)) return `nothing of the project "${job.project}"`;
  if (mode === "allowlist" && work.is !== "ref")
    return `no free ${work.is}: only commands that it describes itself`;
  if (work.is === "ref" && !named(commands?.allowed, work.name)) return `not the command "${work.name}"`;
  const runsAs = user ?? ownUser().name;
  // What the machine describes runs as its description says; the users of an image are its own.
  if (work.is !== "ref" && image === null && commands?.users?.includes(runsAs) === false)
    return `no commands as user "${runsAs}"`;
  const imageRefusal = image === null ? null : refusalOfImage(policy, image);
  if (imageRefusal !== null) return imageRefusal;
  if (!secrets && job.secrets !== null) return "no jobs with secrets";
  if (timeout !== undefined && !(job.timeoutMs <= timeout))
    return `at most ${timeout / 1000} s, got ${job.timeoutMs / 1000}`;
  return null;
}
