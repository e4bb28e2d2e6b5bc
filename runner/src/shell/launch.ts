import { chown, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { variableFault } from "@pulse/schema/command-environment";
import { ProblemError } from "@pulse/schema/problem";
import type { CommandJob } from "../work.ts";
import { readDescribed } from "./command-book.ts";
import { fillArgv } from "./fill-argv.ts";
import { givenVariables } from "./given-variables.ts";
import { findUser, type MachineUser } from "./machine-user.ts";
import { underUser } from "./under-user.ts";

/** What is started. */
export interface Launch {
  argv: readonly string[];
  cwd: string;
  user: MachineUser;
  env: Record<string, string>;
  timeoutMs: number;
}

const usualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const usualShell = "/bin/sh";
/** Linux takes no longer word on a command line (131,072 bytes). */
const wordMostBytes = 120_000;

/**
 * Works out what is started for a command: `folder` is its private one, `described` where this machine describes its own, `sudo` whether it may gain rights. Throws
 * `validation_failed` for what cannot or may not be.
 */
export async function launchOf(
  job: CommandJob,
  secrets: Readonly<Record<string, string>>,
  { folder, described: book, sudo }: { folder: string; described: string; sudo: boolean },
): Promise<Launch> {
  const { spec, execution } = job;
  const { work } = spec;
  const described = work.is === "ref" ? readDescribed(book, work.name) : null;
  const given = givenVariables(spec.settings, secrets);
  for (const name of Object.keys(given)) {
    const fault = variableFault(name);
    if (fault !== null) throw new ProblemError("validation_failed", fault);
    if (described !== null && !described.env.includes(name)) {
      const detail = `this runner's command "${spec.name}" takes no variable ${name}`;
      throw new ProblemError("validation_failed", detail);
    }
  }
  if (described !== null && (spec.user ?? described.user ?? null) !== (described.user ?? null))
    throw new ProblemError(
      "validation_failed",
      "a command that the runner describes runs as the user it says",
    );
  if (described !== null && spec.cwd !== null && spec.cwd !== described.cwd)
    throw new ProblemError(
      "validation_failed",
      "a command that the runner describes runs in the folder it says",
    );
  const user = await findUser(described === null ? spec.user : (described.user ?? null));
  const cwd = await existing((described === null ? spec.cwd : described.cwd) ?? folder);
  const argv =
    described !== null && work.is === "ref"
      ? fillArgv(described, work.args)
      : await freeArgv(job, user, folder);
  const words = underUser({ argv, user }, sudo);
  // Last: once it is the user's own, that user's other processes decide what stands in it.
  if (user.change) await chown(folder, user.uid, user.gid);
  return {
    ...{ argv: words, cwd, user },
    env: {
      PATH: process.env.PATH ?? usualPath,
      HOME: user.home,
      LANG: process.env.LANG ?? "C.UTF-8",
      USER: user.name,
      LOGNAME: user.name,
      TMPDIR: folder,
      PULSE_EXECUTION: execution,
      ...given,
    },
    timeoutMs: Math.min(job.timeoutMs, described?.timeout ?? Number.POSITIVE_INFINITY),
  };
}

async function existing(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => null);
  if (found?.isDirectory()) return folder;
  const what = found === null ? "does not exist" : "is no folder";
  throw new ProblemError("validation_failed", `cwd ${folder} ${what} on this machine`);
}

/** A line is read by the shell as it is. A script becomes a file, which its first line may name an interpreter for; our shell stops at its first failing line. */
async function freeArgv({ spec }: CommandJob, user: MachineUser, folder: string): Promise<string[]> {
  const { work } = spec;
  if (work.is === "ref" || work.is === "request") throw new Error("this has no words for a shell");
  const shell = spec.shell === null ? [usualShell] : spec.shell.split(" ");
  if (work.is === "command" && Buffer.byteLength(work.text) <= wordMostBytes)
    return shell.at(-1) === "-c" ? [...shell, work.text] : [...shell, "-c", work.text];
  const path = join(folder, "script");
  await writeFile(path, work.text, { mode: 0o700 });
  if (user.change) await chown(path, user.uid, user.gid);
  if (work.is === "command") return [...shell.filter((one) => one !== "-c"), path];
  const [, interpreter, option] = /^#!\s*(\S+)(?:[ \t]+(\S[^\n]*?))?\s*(?:\n|$)/.exec(work.text) ?? [];
  if (interpreter !== undefined) return [interpreter, ...(option === undefined ? [] : [option]), path];
  return spec.shell === null ? [usualShell, "-e", path] : [...shell.filter((one) => one !== "-c"), path];
}
