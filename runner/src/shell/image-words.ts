import { chmodSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join, normalize } from "node:path";
import { variableFault } from "@pulse/schema/command-environment";
import { ProblemError } from "@pulse/schema/problem";
import { commandFolder } from "../sandbox/command-container-options.ts";
import type { CommandJob } from "../work.ts";
import { givenVariables } from "./given-variables.ts";

const usualShell = "/bin/sh";

/** What the container of a command runs, once what it reads is in the folder that it sees; and the variables that it is given. Throws `validation_failed`. */
export async function wordsOf(
  { spec }: CommandJob,
  inside: string,
  secrets: Readonly<Record<string, string>>,
): Promise<{ words: string[]; variables: Record<string, string> }> {
  const { work } = spec;
  if (work.is === "request") throw new Error("the runner makes requests itself");
  if (work.is === "ref") {
    const detail = "a command that this machine describes runs on the machine, not in an image";
    throw new ProblemError("validation_failed", detail);
  }
  // What an engine enters there is its own, before the container is closed.
  if (spec.cwd !== null && /^\/proc(\/|$)/.test(normalize(`/${spec.cwd}`).replace(/^\/+/, "/")))
    throw new ProblemError("validation_failed", `cwd must not be in /proc, got "${spec.cwd}"`);
  const variables = givenVariables(spec.settings, secrets);
  for (const name of Object.keys(variables)) {
    const fault = variableFault(name);
    if (fault !== null) throw new ProblemError("validation_failed", fault);
  }
  const file = join(inside, "script");
  await writeFile(file, work.text);
  chmodSync(file, 0o755);
  const path = `${commandFolder}/script`;
  const [, interpreter, option] = /^#!\s*(\S+)(?:[ \t]+(\S[^\n]*?))?\s*(?:\n|$)/.exec(work.text) ?? [];
  const shell = spec.shell === null ? [usualShell] : spec.shell.split(" ").filter((one) => one !== "-c");
  const words =
    work.is === "script" && interpreter !== undefined
      ? [interpreter, ...(option === undefined ? [] : [option]), path]
      : // A script of ours stops at its first failing line.
        [...shell, ...(work.is === "script" && spec.shell === null ? ["-e"] : []), path];
  return { words, variables };
}
