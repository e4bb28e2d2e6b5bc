import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AttemptEnd, CapturedLine, CommandJob } from "../work.ts";
import { CommandHost } from "./command-host.ts";

type Spec = CommandJob["spec"];

/** A job for the machine itself; `change` overrides its spec. */
export function aCommand(change: Partial<Spec> = {}, more: Partial<CommandJob> = {}): CommandJob {
  return {
    kind: "command",
    execution: "exe_1",
    fence: 1,
    attempt: 1,
    project: "default",
    delivery: "atMostOnce",
    timeoutMs: 30_000,
    deadlineMs: null,
    traceparent: null,
    secrets: null,
    spec: {
      ...{ name: "test", shell: null, cwd: null, user: null, image: null, successCodes: [0] },
      work: { is: "command", text: "true" },
      settings: {},
      trigger: { type: "workflow" },
      ...change,
    },
    ...more,
  };
}

/** Whether a process is there and no zombie. */
export function runs(pid: number): boolean {
  try {
    return !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** A host of commands in a folder of its own, and what its commands wrote. */
export class PlayedCommands {
  readonly folder = mkdtempSync(join(tmpdir(), "pulse-shell-"));
  readonly lines: CapturedLine[] = [];
  readonly host: CommandHost;
  secrets: Record<string, string> = {};
  /** What the policy says of sudo. */
  sudo = true;
  #watching: (() => void)[] = [];
  #runs = 0;

  constructor(graceMs = 10_000) {
    const rules = () => ({ folder: this.folder, sudo: this.sudo });
    const gate = {
      get commandRules() {
        return rules();
      },
    };
    this.host = new CommandHost(this.folder, gate, graceMs);
  }

  /** What a command wrote to one stream. */
  text(stream: "stdout" | "stderr" | "system" = "stdout"): string {
    return this.lines
      .filter(({ s }) => s === stream)
      .map(({ d }) => d)
      .join("\n");
  }

  /** Resolves when a line like this was written. */
  async until(line: string): Promise<void> {
    while (!this.lines.some(({ d }) => d.includes(line)))
      await new Promise<void>((resolve) => this.#watching.push(resolve));
  }

  /** Runs a line of the shell, or a job. */
  async run(work: string | CommandJob, signal = new AbortController().signal): Promise<AttemptEnd> {
    const job = typeof work === "string" ? aCommand({ work: { is: "command", text: work } }) : work;
    const log = (line: CapturedLine) => {
      this.lines.push(line);
      for (const wake of this.#watching.splice(0)) wake();
    };
    const hide = () => ({ add: (part: string) => part, end: () => "" });
    const execution = `exe_${process.pid}x${++this.#runs}`;
    const end = await this.host.run(
      { ...job, execution },
      { log, hide, secrets: async () => this.secrets },
      signal,
    );
    if (end === null) throw new Error("it was left to the next process");
    return end;
  }

  async close(): Promise<void> {
    await this.host.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
