import { existsSync } from "node:fs";
import { ProblemError } from "@pulse/schema/problem";
import type { Launch } from "./launch.ts";

const programs = ["/usr/bin/setpriv", "/bin/setpriv"];

/** The words that run a launch as its user, with all groups of that user, and without a way to more rights where that is not wanted. Throws `validation_failed`. */
export function underUser(
  { argv, user: { uid, gid, change } }: Pick<Launch, "argv" | "user">,
  mayGainRights: boolean,
  setpriv = programs.find((path) => existsSync(path)) ?? null,
  groups: "all" | "none" = "all",
): readonly string[] {
  if (!change && mayGainRights) return argv;
  if (setpriv === null)
    throw new ProblemError(
      "validation_failed",
      change
        ? "setpriv (util-linux) is missing on this machine: commands run as the runner's own user alone"
        : "setpriv (util-linux) is missing on this machine, and its policy wants commands without sudo",
    );
  return [
    setpriv,
    ...(change
      ? [`--reuid=${uid}`, `--regid=${gid}`, groups === "all" ? "--init-groups" : "--clear-groups"]
      : []),
    ...(mayGainRights ? [] : ["--no-new-privs"]),
    "--",
    ...argv,
  ];
}
