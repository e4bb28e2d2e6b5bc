import { chmodSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProblemError } from "@pulse/schema/problem";
import type { Gate } from "../policy/gate.ts";
import { sandboxGroups } from "../renewal/groups.ts";
import type { AttemptEnd, CommandJob } from "../work.ts";
import { type CommandExit, makePipes, readExit, resumeAttended, startAttended } from "./attendant.ts";
import { type CommandFacts, commandOutcome, lostCommand, refusedCommand } from "./command-outcome.ts";
import { takeOutput } from "./command-output.ts";
import type { CommandLink, CommandPlace } from "./command-place.ts";
import { type Held, HeldCommands } from "./held-commands.ts";
import { type Launch, launchOf } from "./launch.ts";
import { ProcessFamily } from "./process-family.ts";
import { type CommandRecord, keptJob, machineRecords, startOf } from "./records.ts";
import { removeFolder } from "./remove-folder.ts";
import { openScope, type Scope, scopeAt, sweepScopes } from "./scope.ts";
import { stopOf } from "./stop-of.ts";

const usualGraceMs = 10_000;

/**
 * Runs commands on the machine itself. Each has a private folder, and a record of it on the disk while it runs. When it ends by itself, what it started and
 * left behind goes on, as a service does; when it is stopped, all of it is ended. When this process ends first, the next one goes on with it.
 */
export class CommandHost implements CommandPlace {
  readonly #records: ReturnType<typeof machineRecords>;
  readonly #gate: Pick<Gate, "commandRules">;
  readonly #graceMs: number;
  readonly #held = new HeldCommands();
  /** Those of an earlier process. */
  readonly #left = new Map<string, CommandRecord>();

  /** `gate` knows where this machine describes commands of its own; `graceMs` is between SIGTERM and SIGKILL. */
  constructor(stateDir: string, gate: Pick<Gate, "commandRules">, graceMs = usualGraceMs) {
    this.#records = machineRecords(stateDir);
    this.#gate = gate;
    this.#graceMs = graceMs;
  }

  /** Finds what an earlier process of this runner left: what can be gone on with is returned, to be run; the rest is ended, and how it went is not known. */
  async findLeft(say: (line: string) => void): Promise<CommandJob[]> {
    sweepScopes();
    let ended = 0;
    const found: CommandJob[] = [];
    for (const name of this.#records.names()) {
      const known = this.#records.read(name);
      if (known?.job?.kind === "command" && (isThere(known) || readExit(this.#records.at(name)) !== null)) {
        this.#left.set(name, known);
        found.push(known.job);
        continue;
      }
      ended += 1;
      await this.#end(name, known);
    }
    if (found.length > 0) say(`${found.length} commands from before this start go on`);
    if (ended > 0) say(`${ended} commands from before this start were ended: how they went is not known`);
    return found;
  }

  /** Ends a command of an earlier process that nobody wants any more. */
  async endLeft(job: CommandJob): Promise<void> {
    const name = nameOf(job);
    const known = this.#left.get(name);
    this.#left.delete(name);
    if (known !== undefined) await this.#end(name, known);
  }

  /** Whether a command of an earlier process is to be gone on with. */
  isLeft(job: CommandJob): boolean {
    return this.#left.has(nameOf(job));
  }

  /** Leaves a command to the next process; false: it is none that could be gone on with. */
  leave(job: CommandJob): boolean {
    return this.#held.leave(nameOf(job));
  }

  /**
   * Runs a command to its end, or goes on with one of an earlier process. `signal` stops it: SIGTERM to all of it, 10 s later SIGKILL. Never throws for what the
   * command does. Null: it was left to the next process.
   */
  run(job: CommandJob, link: CommandLink, signal: AbortSignal): Promise<AttemptEnd | null> {
    const name = nameOf(job);
    const left = this.#left.get(name);
    return this.#held.hold(name, (held) =>
      left === undefined
        ? this.#start(name, held, job, link, signal)
        : this.#resume(name, held, left, job, link, signal),
    );
  }

  /** Resolves when nothing runs any more: whoever ends the commands has aborted them. */
  async stop(): Promise<void> {
    await this.#held.over();
  }

  async #end(name: string, known: CommandRecord | null): Promise<void> {
    if (known !== null) {
      const scope = known.scope === null ? null : scopeAt(known.scope);
      const leader = isThere(known) ? known.pid : null;
      await new ProcessFamily(leader, scope, known.folder).end(this.#graceMs);
      scope?.remove();
      await removeFolder(known.folder);
    }
    this.#records.remove(name);
  }

  async #start(
    name: string,
    held: Held,
    job: CommandJob,
    link: CommandLink,
    signal: AbortSignal,
  ): Promise<AttemptEnd | null> {
    // Not in the state folder, which other users of the machine cannot enter.
    const folder = mkdtempSync(join(tmpdir(), "pulse-command-"));
    let isKept = false;
    try {
      chmodSync(folder, 0o700);
      const secrets = await link.secrets();
      const { folder: described, sudo } = this.#gate.commandRules;
      const launch = await launchOf(job, secrets, { folder, described, sudo });
      if (signal.aborted) return { ...commandOutcome({ ...nothingKnown, stopped: "cancelled" }), ...without };
      const own = keptJob(job, Object.keys(secrets).length > 0);
      const end = await this.#startIn(name, held, { folder, job, own, launch }, link, signal);
      isKept = end === null;
      return end;
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== "validation_failed") throw error;
      return { ...refusedCommand(error.message), ...without };
    } finally {
      if (!isKept) await removeFolder(folder);
    }
  }

  async #startIn(
    name: string,
    held: Held,
    given: { folder: string; job: CommandJob; own: CommandJob | null; launch: Launch },
    link: CommandLink,
    signal: AbortSignal,
  ): Promise<AttemptEnd | null> {
    const { folder, job, own, launch } = given;
    const place = this.#records.make(name);
    await makePipes(place);
    const scope = openScope(name);
    const { timeoutMs } = launch;
    const known = { folder, scope: scope?.path ?? null, begunAt: Date.now(), timeoutMs, job: own };
    this.#records.write(name, { ...known, pid: null, started: null });
    const output = takeOutput(link);
    const put = (leader: number) => {
      scope?.add(leader);
      // Before any of the command runs: whoever comes next must find it.
      this.#records.write(name, { ...known, pid: leader, started: startOf(leader) });
    };
    const attended = startAttended(launch, place, put, output.take);
    const { pid } = attended;
    // What somebody else may be given is ended even where this thread cannot.
    const isShared = job.delivery === "atLeastOnce" && pid !== null;
    if (isShared) sandboxGroups.add(pid);
    try {
      const family = new ProcessFamily(pid, scope, folder);
      const about = { known, leader: pid, family, scope, successCodes: job.spec.successCodes };
      return await this.#attend(name, held, { ...about, attended, output }, link, signal);
    } finally {
      if (isShared) sandboxGroups.remove(pid);
    }
  }

  async #resume(
    name: string,
    held: Held,
    known: CommandRecord,
    job: CommandJob,
    link: CommandLink,
    signal: AbortSignal,
  ): Promise<AttemptEnd | null> {
    this.#left.delete(name);
    const now = Date.now();
    link.log({
      t: now,
      s: "system",
      d: "the runner was started again: its last lines before that may be missing",
    });
    const output = takeOutput(link);
    const attended = resumeAttended(this.#records.at(name), () => isThere(known), output.take);
    const scope = known.scope === null ? null : scopeAt(known.scope);
    const family = new ProcessFamily(isThere(known) ? known.pid : null, scope, known.folder);
    const about = { known, leader: known.pid, family, scope, successCodes: job.spec.successCodes };
    const end = await this.#attend(name, held, { ...about, attended, output }, link, signal);
    if (end !== null) await removeFolder(known.folder);
    return end;
  }

  /** Waits for a command's end, and stops it where it must be. */
  async #attend(
    name: string,
    held: Held,
    running: {
      known: Pick<CommandRecord, "begunAt" | "timeoutMs" | "job">;
      /** The attendant. */
      leader: number | null;
      family: ProcessFamily;
      scope: Scope | null;
      successCodes: readonly number[];
      attended: { ended: Promise<CommandExit>; leave(): void };
      output: ReturnType<typeof takeOutput>;
    },
    link: CommandLink,
    signal: AbortSignal,
  ): Promise<AttemptEnd | null> {
    const { known, leader, family, scope, successCodes, attended, output } = running;
    const { begunAt, timeoutMs } = known;
    const left = Promise.withResolvers<"left">();
    if (known.job !== null) held.leave = () => left.resolve("left");
    const stop = stopOf(begunAt + timeoutMs - Date.now(), signal);
    const first = await Promise.race([attended.ended, stop.asked, left.promise]);
    stop.clear();
    held.leave = null;
    if (first === "left") {
      attended.leave();
      output.end();
      return null;
    }
    try {
      const stopped = typeof first === "string" ? first : null;
      if (stopped !== null) await family.end(this.#graceMs);
      const exit = await attended.ended;
      const facts: CommandFacts = { ...exit, stopped, timeoutMs, successCodes };
      // The attendant may be about to end: it is none of what the command started.
      const members = stopped === null ? await family.members() : [];
      const remain = members.filter((pid) => pid !== leader).length;
      const tail = output.end();
      if (remain > 0) {
        const what =
          remain === 1 ? "a process that it started goes" : `${remain} processes that it started go`;
        link.log({ t: Date.now(), s: "system", d: `${what} on; nobody listens to them any more` });
      }
      const isSeen = stopped !== null || exit.code !== null || exit.signal !== null || exit.fault !== null;
      return {
        ...{ ...without, ...(isSeen ? commandOutcome(facts) : lostCommand()) },
        timing: { runMs: Date.now() - begunAt },
        command: { exitCode: exit.code, signal: exit.signal, ...tail },
      };
    } finally {
      scope?.remove();
      this.#records.remove(name);
    }
  }
}

const without = { built: null, timing: {}, truncated: false };
const nothingKnown = { code: null, signal: null, fault: null, timeoutMs: 0, successCodes: [] };

const nameOf = ({ execution, fence }: CommandJob) => `${execution}-${fence}`;

/** Whether the attendant of a command is there: the very one, not another process with its number. */
function isThere({ pid, started }: CommandRecord): boolean {
  return pid !== null && started !== null && startOf(pid) === started;
}
