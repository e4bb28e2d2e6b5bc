import { chmodSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProblemError } from "@pulse/schema/problem";
import type { CommandContainer, CommandContainers, CommandKey } from "../sandbox/command-container.ts";
import type { CommandLimits } from "../sandbox/command-container-options.ts";
import { ImageError } from "../sandbox/images/custom-images.ts";
import type { AttemptEnd, CapturedLine, CommandJob } from "../work.ts";
import { commandOutcome, lostCommand, refusedCommand, starvedCommand } from "./command-outcome.ts";
import { takeOutput } from "./command-output.ts";
import type { CommandLink, CommandPlace } from "./command-place.ts";
import { type Held, HeldCommands } from "./held-commands.ts";
import { wordsOf } from "./image-words.ts";
import { type ContainerRecord, containerRecords, keptJob } from "./records.ts";
import { removeFolder } from "./remove-folder.ts";
import { stopOf } from "./stop-of.ts";

type Output = ReturnType<typeof takeOutput>;

const without = { built: null, timing: {}, truncated: false };
const usualGraceMs = 10_000;

/**
 * Runs commands in containers of their images, which are gone with them. A record is on the disk while one runs, and what it says is kept by the engine: when this
 * process ends first, the next one goes on with it.
 */
export class ImageCommands implements CommandPlace {
  readonly #records: ReturnType<typeof containerRecords>;
  readonly #containers: () => CommandContainers | null;
  readonly #limits: () => CommandLimits;
  readonly #graceMs: number;
  readonly #held = new HeldCommands();
  /** Those of an earlier process. */
  readonly #left = new Map<string, ContainerRecord>();

  /** `containers` is null where no engine answers; `graceMs` is between SIGTERM and SIGKILL. */
  constructor(options: {
    stateDir: string;
    containers: () => CommandContainers | null;
    limits: () => CommandLimits;
    graceMs?: number;
  }) {
    this.#records = containerRecords(options.stateDir);
    this.#containers = options.containers;
    this.#limits = options.limits;
    this.#graceMs = options.graceMs ?? usualGraceMs;
  }

  async findLeft(say: (line: string) => void): Promise<CommandJob[]> {
    const there = new Map((await this.#containers()?.find())?.map((key) => [nameOf(key), key]));
    const found: CommandJob[] = [];
    let ended = 0;
    for (const name of new Set([...this.#records.names(), ...there.keys()])) {
      const known = this.#records.read(name);
      const key = there.get(name);
      if (known?.job?.kind === "command" && known.isBegun && key !== undefined) {
        this.#left.set(name, known);
        found.push(known.job);
        continue;
      }
      ended += 1;
      await this.#end(name, known, key);
    }
    if (found.length > 0) say(`${found.length} commands in images from before this start go on`);
    if (ended > 0)
      say(`${ended} commands in images from before this start were ended: how they went is not known`);
    return found;
  }

  async endLeft(job: CommandJob): Promise<void> {
    const name = nameOf(job);
    const known = this.#left.get(name);
    this.#left.delete(name);
    if (known !== undefined) await this.#end(name, known, job);
  }

  isLeft(job: CommandJob): boolean {
    return this.#left.has(nameOf(job));
  }

  leave(job: CommandJob): boolean {
    return this.#held.leave(nameOf(job));
  }

  run(job: CommandJob, link: CommandLink, signal: AbortSignal): Promise<AttemptEnd | null> {
    const name = nameOf(job);
    const left = this.#left.get(name);
    return this.#held.hold(name, (held) =>
      left === undefined ? this.#start(held, job, link, signal) : this.#resume(held, left, job, link, signal),
    );
  }

  async stop(): Promise<void> {
    await this.#held.over();
  }

  async #end(name: string, known: ContainerRecord | null, key: CommandKey | undefined): Promise<void> {
    if (key !== undefined) await this.#containers()?.remove(key);
    await this.#forget(name, known?.folder ?? null);
  }

  async #forget(name: string, folder: string | null): Promise<void> {
    if (folder !== null) await removeFolder(folder);
    this.#records.remove(name);
  }

  async #start(
    held: Held,
    job: CommandJob,
    link: CommandLink,
    signal: AbortSignal,
  ): Promise<AttemptEnd | null> {
    const containers = this.#containers();
    if (containers === null) return refused("no commands in images run here: no Docker engine answers");
    const name = nameOf(job);
    // Other users of the machine cannot enter it; what is inside, every user of the container reads.
    const folder = mkdtempSync(join(tmpdir(), "pulse-command-"));
    let isLeft = false;
    try {
      const end = await this.#startIn(folder, containers, held, job, link, signal);
      isLeft = end === null;
      return end;
    } catch (error) {
      if (error instanceof ImageError)
        return error.reason === "refused_by_runner" ? refused(error.message) : failed(job, error.message);
      if (error instanceof ProblemError && error.code === "validation_failed") return refused(error.message);
      return failed(job, error instanceof Error ? error.message : String(error));
    } finally {
      if (!isLeft) await this.#forget(name, folder);
    }
  }

  async #startIn(
    folder: string,
    containers: CommandContainers,
    held: Held,
    job: CommandJob,
    link: CommandLink,
    signal: AbortSignal,
  ): Promise<AttemptEnd | null> {
    const name = nameOf(job);
    const { image, user, cwd } = job.spec;
    if (image === null) throw new Error("a command without an image runs on the machine");
    chmodSync(folder, 0o700);
    const inside = join(folder, "inside");
    mkdirSync(inside);
    chmodSync(inside, 0o755);
    const secrets = await link.secrets();
    const { words, variables } = await wordsOf(job, inside, secrets);
    const limits = this.#limits();
    if (!limits.hasNetwork) sayTo(link)("this machine's policy leaves commands in images no network");
    const kept = keptJob(job, Object.keys(secrets).length > 0);
    const times = { begunAt: Date.now(), timeoutMs: job.timeoutMs };
    const known = { ...times, folder, memory: limits.memory, job: kept };
    this.#records.make(name);
    this.#records.write(name, { ...known, isBegun: false });
    const output = takeOutput(link);
    const stop = stopOf(job.timeoutMs, signal);
    try {
      const { project, execution, fence } = job;
      const of = { image, project, execution, fence, words, variables, folder: inside, user, cwd };
      const command = { ...of, isKept: kept !== null, limits };
      const starting = containers.start(command, output.take, sayTo(link));
      const started = await Promise.race([starting, stop.asked]);
      if (typeof started === "string") {
        void starting.then((container) => container.remove()).catch(() => undefined);
        return { ...without, ...endedBy(job, started, null) };
      }
      this.#records.write(name, { ...known, isBegun: true });
      return await this.#attend(held, known, job, started, output, stop.asked);
    } finally {
      stop.clear();
    }
  }

  async #resume(
    held: Held,
    known: ContainerRecord,
    job: CommandJob,
    link: CommandLink,
    signal: AbortSignal,
  ): Promise<AttemptEnd | null> {
    const name = nameOf(job);
    this.#left.delete(name);
    sayTo(link)("the runner was started again, and goes on with this command");
    const output = takeOutput(unsaid(link));
    const stop = stopOf(known.begunAt + known.timeoutMs - Date.now(), signal);
    let isLeft = false;
    try {
      const found = await this.#containers()?.resume(job, job.project, output.take, sayTo(link));
      if (!found) return { ...without, ...lostCommand() };
      const end = await this.#attend(held, known, job, found, output, stop.asked);
      isLeft = end === null;
      return end;
    } finally {
      stop.clear();
      if (!isLeft) await this.#end(name, known, job);
    }
  }

  /** Waits for a command's end, and stops it where it must be. */
  async #attend(
    held: Held,
    { begunAt, memory, job: kept }: Pick<ContainerRecord, "begunAt" | "memory" | "job">,
    job: CommandJob,
    container: CommandContainer,
    output: Output,
    asked: Promise<"timed_out" | "cancelled">,
  ): Promise<AttemptEnd | null> {
    const left = Promise.withResolvers<"left">();
    if (kept !== null) held.leave = () => left.resolve("left");
    const first = await Promise.race([container.ended, asked, left.promise]);
    held.leave = null;
    if (first === "left") {
      container.leave();
      return null;
    }
    try {
      const stopped = typeof first === "string" ? first : null;
      if (stopped !== null) await container.stop(this.#graceMs);
      const { code, outOfMemory } = await container.ended;
      const isGood = code !== null && job.spec.successCodes.includes(code);
      const isStarved = stopped === null && outOfMemory && !isGood;
      const isLost = stopped === null && code === null;
      const verdict = isStarved ? starvedCommand(code, memory) : endedBy(job, stopped, code);
      return {
        ...{ ...without, ...(isLost ? lostCommand() : verdict), timing: { runMs: Date.now() - begunAt } },
        command: { exitCode: code, signal: null, ...output.end() },
      };
    } finally {
      await container.remove();
    }
  }
}

const nameOf = ({ execution, fence }: CommandKey) => `${execution}-${fence}`;

const sayTo = (link: CommandLink) => (d: string) => link.log({ t: Date.now(), s: "system", d });

/** The engine tells all that a command has said from its beginning on: what the earlier process has logged of it is not logged again. */
function unsaid(link: CommandLink): CommandLink {
  const earlier = link.earlier ?? [];
  const known = { stdout: 0, stderr: 0 };
  for (const { s } of earlier) if (s === "stdout" || s === "stderr") known[s] += 1;
  return {
    ...link,
    earlier: [],
    log(line: CapturedLine) {
      const { s } = line;
      if ((s === "stdout" || s === "stderr") && known[s] > 0) known[s] -= 1;
      else link.log(line);
    },
  };
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
