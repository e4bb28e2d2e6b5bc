import type { Language, VersionSettings } from "@pulse/schema/wire/manifest";
import type { FrameLine } from "../frames.ts";
import type { CustomSpec } from "./custom/custom-spec.ts";

/** What a sandbox is made for; sandboxes with the same key can serve the same versions. */
export interface CellSpec {
  runtime: Language;
  /** A custom image runs in it, and `runtime` is what its companion is made of. */
  custom?: CustomSpec;
  memory: number;
  cpus: number;
  egress: VersionSettings["egress"];
  project: string;
}

/** How a sandbox's process ended, as the operating system or the engine tells it. */
export interface ExitFacts {
  code: number | null;
  signal: string | null;
  outOfMemory: boolean;
  /** The engine went away, so the rest is not known. */
  engineLost: boolean;
}

/** Takes one line of raw output; null when the stream has ended. */
export type TakeOutput = (stream: "stdout" | "stderr", line: string | null) => void;

/** A started runtime: first without code (a stem cell), then with one version's. */
export interface Cell {
  readonly line: FrameLine;
  /** The process has ended, its last output has been taken and nothing it started is left. Never rejects. */
  readonly exited: Promise<ExitFacts>;
  /** Makes code and dependencies visible inside; returns their folders as seen there. */
  place(codeDir: string, depsDir: string | null): Promise<{ code: string; deps: string | null }>;
  /** Takes the raw output line by line; null when a stream has ended. */
  onOutput(take: TakeOutput): void;
  /** The engine went away from under it: what runs may end well, but nothing more of its output is seen. */
  isCut?(): boolean;
  /** Calls back when it is, at once when that was before. */
  onCut?(callback: () => void): void;
  /** Its process has ended; how, is still being found out. */
  isOver?(): boolean;
  /** Holds every process of it still, where the sandbox can. It may be ended while it is frozen. */
  freeze?(): Promise<void>;
  /** Lets a frozen one go on; at once when it is not. Rejects when it cannot be. */
  thaw?(): Promise<void>;
  /** SIGTERM to the whole tree. */
  terminate(): void;
  /** SIGKILL to the whole tree; resolves when nothing of it is left. Never rejects. */
  destroy(): Promise<void>;
}

/** Where code runs: `docker` or `process`. Whoever starts a cell destroys it. */
export interface Sandbox {
  readonly kind: "docker" | "process";
  /** Throws when the machine cannot start one. `onStarted` hears when its process runs and only has to get ready by itself. */
  start(spec: CellSpec, signal: AbortSignal, onStarted?: () => void): Promise<Cell>;
  /** The Node or Python that code meets, for build keys, such as `node-24.1.0-x64`. */
  identity(runtime: Language): Promise<string>;
  stop(): Promise<void>;
}

/** One text for everything that decides whether a started cell may serve a version. Never shared across projects. */
export function cellKey(spec: CellSpec): string {
  const { project, runtime, memory, cpus, egress, custom } = spec;
  return JSON.stringify([project, runtime, memory, cpus, egress, ...(custom ? [custom.key] : [])]);
}

/** Longer lines are cut into parts of so many characters. */
export const lineMostChars = 32_768;

/** Cuts the raw output of a stream into lines; a line longer than 32 KiB is cut, and a last line needs no line end. */
export class LineCutter {
  readonly #take: (line: string | null) => void;
  readonly #decoder = new TextDecoder();
  #rest = "";
  #hasEnded = false;

  /** `take` gets each line, then null. */
  constructor(take: (line: string | null) => void) {
    this.#take = take;
  }

  add(chunk: Buffer): void {
    if (this.#hasEnded) return;
    this.#rest += this.#decoder.decode(chunk, { stream: true });
    const lines = this.#rest.split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#take(this.#cut(line));
    this.#rest = this.#cut(this.#rest);
  }

  /** Takes the parts of a line that is too long, and returns its last one. */
  #cut(line: string): string {
    let from = 0;
    for (; line.length - from > lineMostChars; from += lineMostChars)
      this.#take(line.slice(from, from + lineMostChars));
    return from === 0 ? line : line.slice(from);
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (this.#rest !== "") this.#take(this.#rest);
    this.#take(null);
  }
}
