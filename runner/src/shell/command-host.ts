import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProblemError } from "@pulse/schema/problem";
import * as z from "zod";
import type { Gate } from "../policy/gate.ts";
import { sandboxGroups } from "../renewal/groups.ts";
import { LineCutter } from "../sandbox/sandbox.ts";
import type { AttemptEnd, CommandJob, JobLink } from "../work.ts";
import { type CommandFacts, commandOutcome, refusedCommand } from "./command-outcome.ts";
import { type Launch, launchOf } from "./launch.ts";
import { OutputTail } from "./output-tail.ts";
import { ProcessFamily } from "./process-family.ts";
import { removeFolder } from "./remove-folder.ts";
import { openScope, scopeAt, sweepScopes } from "./scope.ts";
import { spawnCommand } from "./spawn-command.ts";

/** What a command may ask of the agent around it. */
export interface CommandLink extends Pick<JobLink, "log" | "secrets"> {
  /** Hides its secrets in a text that comes in parts. */
  hide(): { add(part: string): string; end(): string };
}

const usualGraceMs = 10_000;
const timerMostMs = 2 ** 31 - 1;
const record = z.object({ folder: z.string(), scope: z.string().nullable() });

/**
 * Runs commands on the machine itself. Each has a private folder, and a record of it on the disk while it runs. When it ends by itself, what it started and
 * left behind goes on, as a service does; when it is stopped, all of it is ended.
 */
export class CommandHost {
  readonly #records: string;
  readonly #gate: Pick<Gate, "commandRules">;
  readonly #graceMs: number;
  readonly #running = new Set<Promise<unknown>>();

  /** `gate` knows where this machine describes commands of its own; `graceMs` is between SIGTERM and SIGKILL. */
  constructor(stateDir: string, gate: Pick<Gate, "commandRules">, graceMs = usualGraceMs) {
    this.#records = join(stateDir, "commands");
    this.#gate = gate;
    this.#graceMs = graceMs;
    mkdirSync(this.#records, { recursive: true, mode: 0o700 });
  }

  /** Ends what a killed process of this runner left running: its output is lost, and its executions are told as such. */
  async endLeft(say: (line: string) => void): Promise<void> {
    sweepScopes();
    const names = readdirSync(this.#records).filter((name) => name.endsWith(".json"));
    for (const name of names) {
      const path = join(this.#records, name);
      const known = readRecord(path);
      if (known !== null) {
        const scope = known.scope === null ? null : scopeAt(known.scope);
        await new ProcessFamily(null, scope, known.folder).end(this.#graceMs);
        scope?.remove();
        await removeFolder(known.folder);
      }
      rmSync(path, { force: true });
    }
    if (names.length > 0)
      say(`${names.length} commands from before this start were ended: how they went is not known`);
  }

  /** Runs a command to its end. `signal` stops it: SIGTERM to all of it, 10 s later SIGKILL. Never throws for what the command does. */
  run(job: CommandJob, link: CommandLink, signal: AbortSignal): Promise<AttemptEnd> {
    const run = this.#run(job, link, signal);
    const over = run.then(
      () => undefined,
      () => undefined,
    );
    this.#running.add(over);
    void over.then(() => this.#running.delete(over));
    return run;
  }

  /** Resolves when nothing runs any more: whoever ends the commands has aborted them. */
  async stop(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #run(job: CommandJob, link: CommandLink, signal: AbortSignal): Promise<AttemptEnd> {
    // Not in the state folder, which other users of the machine cannot enter.
    const folder = mkdtempSync(join(tmpdir(), "pulse-command-"));
    try {
      chmodSync(folder, 0o700);
      const secrets = await link.secrets();
      const { folder: described, sudo } = this.#gate.commandRules;
      const launch = await launchOf(job, secrets, { folder, described, sudo });
      return await this.#runIn(folder, job, launch, link, signal);
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== "validation_failed") throw error;
      return { ...refusedCommand(error.message), ...without };
    } finally {
      await removeFolder(folder);
    }
  }

  async #runIn(
    folder: string,
    job: CommandJob,
    launch: Launch,
    link: CommandLink,
    signal: AbortSignal,
  ): Promise<AttemptEnd> {
    const { execution, fence, delivery, spec } = job;
    if (signal.aborted) {
      const facts = { code: null, signal: null, fault: null, timeoutMs: 0, successCodes: [] };
      return { ...commandOutcome({ ...facts, stopped: "cancelled" }), ...without };
    }
    const name = `${execution}-${fence}`;
    const scope = openScope(name);
    const path = join(this.#records, `${name}.json`);
    writeFileSync(path, JSON.stringify({ folder, scope: scope?.path ?? null }), { mode: 0o600 });
    const output = outputOf(link);
    const begun = performance.now();
    const { pid, ended } = spawnCommand(launch, (leader) => scope?.add(leader), output.take);
    const family = new ProcessFamily(pid, scope, folder);
    // What somebody else may be given is ended even where this thread cannot.
    const isShared = delivery === "atLeastOnce" && pid !== null;
    if (isShared) sandboxGroups.add(pid);
    try {
      const stop = stopOf(launch.timeoutMs, signal);
      const first = await Promise.race([ended, stop.asked]);
      stop.clear();
      const stopped = typeof first === "string" ? first : null;
      if (stopped !== null) await family.end(this.#graceMs);
      const end = await ended;
      const { timeoutMs } = launch;
      const facts: CommandFacts = { ...end, stopped, timeoutMs, successCodes: spec.successCodes };
      const left = stopped === null ? (await family.members()).length : 0;
      const tail = output.end();
      if (left > 0) {
        const what = left === 1 ? "a process that it started goes" : `${left} processes that it started go`;
        link.log({ t: Date.now(), s: "system", d: `${what} on; nobody listens to them any more` });
      }
      return {
        ...{ ...without, ...commandOutcome(facts) },
        timing: { runMs: performance.now() - begun },
        command: { exitCode: end.code, signal: end.signal, ...tail },
      };
    } finally {
      if (isShared) sandboxGroups.remove(pid);
      scope?.remove();
      rmSync(path, { force: true });
    }
  }
}

const without = { built: null, timing: {}, truncated: false };

/** Takes raw output: line by line for the log, and the end of what stdout said. */
function outputOf(link: CommandLink) {
  const cutters = { stdout: cutterFor(link, "stdout"), stderr: cutterFor(link, "stderr") };
  const hidden = link.hide();
  const tail = new OutputTail();
  const decoder = new TextDecoder();
  return {
    take(stream: "stdout" | "stderr", chunk: Buffer) {
      cutters[stream].add(chunk);
      if (stream === "stdout") tail.add(hidden.add(decoder.decode(chunk, { stream: true })));
    },
    end() {
      for (const cutter of Object.values(cutters)) cutter.end();
      tail.add(hidden.add(decoder.decode()) + hidden.end());
      return tail.end();
    },
  };
}

function cutterFor(link: CommandLink, s: "stdout" | "stderr"): LineCutter {
  return new LineCutter((d) => {
    if (d !== null) link.log({ t: Date.now(), s, d });
  });
}

/** Resolves when the command is to be stopped, to why. */
function stopOf(timeoutMs: number, signal: AbortSignal) {
  const { promise: asked, resolve } = Promise.withResolvers<"timed_out" | "cancelled">();
  const timer = setTimeout(() => resolve("timed_out"), Math.min(timeoutMs, timerMostMs));
  const cancel = () => resolve("cancelled");
  signal.addEventListener("abort", cancel, { once: true });
  const clear = () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", cancel);
  };
  return { asked, clear };
}

function readRecord(path: string): z.output<typeof record> | null {
  try {
    return record.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return null;
  }
}
