import { chmodSync, mkdirSync, mkdtempSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { variableFault } from "@pulse/schema/command-environment";
import { ProblemError } from "@pulse/schema/problem";
import { type CommandContainers, commandFolder } from "../sandbox/command-container.ts";
import { ImageError } from "../sandbox/images/custom-images.ts";
import type { AttemptEnd, CommandJob } from "../work.ts";
import type { CommandLink } from "./command-host.ts";
import { commandOutcome, lostCommand, refusedCommand } from "./command-outcome.ts";
import { takeOutput } from "./command-output.ts";
import { givenVariables } from "./given-variables.ts";
import { removeFolder } from "./remove-folder.ts";
import { stopOf } from "./stop-of.ts";

const without = { built: null, timing: {}, truncated: false };
const usualGraceMs = 10_000;
const usualShell = "/bin/sh";

/**
 * Runs a command in a container of its image, which is gone with it. Its variables come in a file, for a container's configuration can be read by whoever may use
 * the engine. Never throws for what the command does. A runner that starts again ends what it was running: nobody saw how it went.
 */
export async function runInImage(
  job: CommandJob,
  link: CommandLink,
  signal: AbortSignal,
  containers: CommandContainers | null,
  graceMs = usualGraceMs,
): Promise<AttemptEnd> {
  const { image, user, cwd } = job.spec;
  if (image === null) throw new Error("a command without an image runs on the machine");
  if (containers === null) return refused("no commands in images run here: no Docker engine answers");
  // Other users of the machine cannot enter it; what is inside, every user of the container reads.
  const folder = mkdtempSync(join(tmpdir(), "pulse-command-"));
  const output = takeOutput(link);
  const begunAt = Date.now();
  try {
    chmodSync(folder, 0o700);
    const inside = join(folder, "inside");
    mkdirSync(inside);
    chmodSync(inside, 0o755);
    const words = await wordsOf(job, inside, await link.secrets());
    const stop = stopOf(job.timeoutMs, signal);
    try {
      const say = (d: string) => link.log({ t: Date.now(), s: "system", d });
      const env = { PULSE_EXECUTION: job.execution };
      const command = { image, project: job.project, words, folder: inside, user, cwd, env };
      const starting = containers.start(command, output.take, say);
      const started = await Promise.race([starting, stop.asked]);
      if (typeof started === "string") {
        void starting.then((container) => container.remove()).catch(() => undefined);
        return { ...without, ...endedBy(job, started, null) };
      }
      try {
        const first = await Promise.race([started.ended, stop.asked]);
        const stopped = typeof first === "string" ? first : null;
        if (stopped !== null) await started.stop(graceMs);
        const code = await started.ended;
        const verdict = stopped === null && code === null ? lostCommand() : endedBy(job, stopped, code);
        return {
          ...{ ...without, ...verdict, timing: { runMs: Date.now() - begunAt } },
          command: { exitCode: code, signal: null, ...output.end() },
        };
      } finally {
        await started.remove();
      }
    } finally {
      stop.clear();
    }
  } catch (error) {
    if (error instanceof ImageError)
      return error.reason === "refused_by_runner" ? refused(error.message) : failed(job, error.message);
    if (error instanceof ProblemError && error.code === "validation_failed") return refused(error.message);
    return failed(job, error instanceof Error ? error.message : String(error));
  } finally {
    await removeFolder(folder);
  }
}

/** What the container runs: a shell of the image that reads the variables and becomes the command's own. */
async function wordsOf(
  { spec }: CommandJob,
  inside: string,
  secrets: Readonly<Record<string, string>>,
): Promise<string[]> {
  const { work } = spec;
  if (work.is === "ref") {
    const detail = "a command that this machine describes runs on the machine, not in an image";
    throw new ProblemError("validation_failed", detail);
  }
  const given = givenVariables(spec.settings, secrets);
  for (const name of Object.keys(given)) {
    const fault = variableFault(name);
    if (fault !== null) throw new ProblemError("validation_failed", fault);
  }
  const lines = Object.entries(given).map(([name, value]) => `export ${name}=${quoted(value)}\n`);
  await write(join(inside, "variables"), lines.join(""), 0o644);
  await write(join(inside, "script"), work.text, 0o755);
  const path = `${commandFolder}/script`;
  const [, interpreter, option] = /^#!\s*(\S+)(?:[ \t]+(\S[^\n]*?))?\s*(?:\n|$)/.exec(work.text) ?? [];
  const shell = spec.shell === null ? [usualShell] : spec.shell.split(" ").filter((one) => one !== "-c");
  const own =
    work.is === "script" && interpreter !== undefined
      ? [interpreter, ...(option === undefined ? [] : [option]), path]
      : // A script of ours stops at its first failing line.
        [...shell, ...(work.is === "script" && spec.shell === null ? ["-e"] : []), path];
  return [usualShell, "-c", `. ${commandFolder}/variables; exec "$@"`, "pulse", ...own];
}

async function write(path: string, text: string, mode: number): Promise<void> {
  await writeFile(path, text);
  chmodSync(path, mode);
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

/** A shell tells of a signal by a code above 128, and so does the engine. */
function endedBy(job: CommandJob, stopped: "timed_out" | "cancelled" | null, code: number | null) {
  const { timeoutMs } = job;
  const { successCodes } = job.spec;
  return commandOutcome({ stopped, code, signal: null, fault: null, timeoutMs, successCodes });
}

function failed(job: CommandJob, fault: string): AttemptEnd {
  const { timeoutMs } = job;
  const facts = { stopped: null, code: null, signal: null, fault, timeoutMs, successCodes: [] };
  return { ...without, ...commandOutcome(facts) };
}

function refused(message: string): AttemptEnd {
  return { ...without, ...refusedCommand(message) };
}
