import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { job } from "@pulse/schema/wire/job";
import * as z from "zod";
import type { CommandJob } from "../work.ts";

const record = z.object({
  /** The private folder, and where its cgroup is. */
  folder: z.string(),
  scope: z.string().nullable(),
  /** The attendant: its number, and when it was started, since numbers are given again. */
  pid: z.number().nullable(),
  started: z.string().nullable(),
  /** Epoch milliseconds. */
  begunAt: z.number(),
  timeoutMs: z.number(),
  /** What another process needs to go on with it; null: it may not, for its output is to have secrets hidden in it, or somebody else may be given it. */
  job: job.nullable(),
});

/** What is known on the disk of a command while it runs. */
export type CommandRecord = z.output<typeof record>;

const containerRecord = z.object({
  /** The private folder, which its container sees. */
  folder: z.string(),
  /** Whether it was given its variables, with which it begins. */
  isBegun: z.boolean(),
  /** Epoch milliseconds. */
  begunAt: z.number(),
  timeoutMs: z.number(),
  /** Bytes that it may have. */
  memory: z.number(),
  /** As of a command on the machine. */
  job: job.nullable(),
});

/** What is known on the disk of a command in an image while it runs. */
export type ContainerRecord = z.output<typeof containerRecord>;

/** The records of the commands on the machine itself. */
export const machineRecords = (stateDir: string) => new CommandRecords(join(stateDir, "commands"), record);

/** The records of the commands in images. */
export const containerRecords = (stateDir: string) =>
  new CommandRecords(join(stateDir, "image-commands"), containerRecord);

/** The folders of the commands that run here, each with its record and what else the runner has of it: its own, and never the command's. */
export class CommandRecords<Known> {
  readonly #root: string;
  readonly #shape: z.ZodType<Known>;

  constructor(root: string, shape: z.ZodType<Known>) {
    this.#root = root;
    this.#shape = shape;
    mkdirSync(this.#root, { recursive: true, mode: 0o700 });
  }

  /** Where the record and the pipes of a command are. */
  at(name: string): string {
    return join(this.#root, name);
  }

  names(): string[] {
    return readdirSync(this.#root);
  }

  make(name: string): string {
    const path = this.at(name);
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path, { mode: 0o700 });
    return path;
  }

  write(name: string, known: Known): void {
    const path = join(this.at(name), "record.json");
    writeFileSync(`${path}.new`, JSON.stringify(known), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  read(name: string): Known | null {
    try {
      return this.#shape.parse(JSON.parse(readFileSync(join(this.at(name), "record.json"), "utf8")));
    } catch {
      return null;
    }
  }

  remove(name: string): void {
    rmSync(this.at(name), { recursive: true, force: true });
  }
}

/** What may be kept of a job until its end: not its variables, which may hold anything. Null: nobody may go on with it. */
export function keptJob(given: CommandJob, hasSecrets: boolean): CommandJob | null {
  if (hasSecrets || given.delivery !== "atMostOnce") return null;
  const { logs } = given.spec.settings;
  return { ...given, spec: { ...given.spec, settings: logs === undefined ? {} : { logs } } };
}

/** When a process was started, in the system's own words; null: it is not there, or the system does not say. */
export function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state = "X", ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return "ZX".includes(state) ? null : (fields[18] ?? null);
  } catch {
    return null;
  }
}
