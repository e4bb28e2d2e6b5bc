import type { Runtime, VersionSettings } from "@pulse/schema/wire/manifest";
import type { FrameLine } from "../frames.ts";

/** What a sandbox is made for; sandboxes with the same key can serve the same versions. */
export interface CellSpec {
  runtime: Runtime;
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

/** A started runtime: first without code (a stem cell), then with one version's. */
export interface Cell {
  readonly line: FrameLine;
  readonly exited: Promise<ExitFacts>;
  /** Makes code and dependencies visible inside; returns their folders as seen there. */
  place(codeDir: string, depsDir: string | null): Promise<{ code: string; deps: string | null }>;
  /** Takes the raw output line by line. */
  onOutput(take: (stream: "stdout" | "stderr", line: string) => void): void;
  /** SIGTERM to the whole tree. */
  terminate(): void;
  /** SIGKILL to the whole tree; resolves when nothing of it is left. */
  destroy(): Promise<void>;
}

/** Where code runs: `docker` or `process`. Whoever starts a cell destroys it. */
export interface Sandbox {
  readonly kind: "docker" | "process";
  /** Throws when the machine cannot start one. */
  start(spec: CellSpec, signal: AbortSignal): Promise<Cell>;
  /** The Node or Python that code meets, for build keys, such as `node-24.1.0-x64`. */
  identity(runtime: Runtime): Promise<string>;
  stop(): Promise<void>;
}

/** One text for everything that decides whether a started cell may serve a version. Never shared across projects. */
export function cellKey(spec: CellSpec): string {
  return JSON.stringify([spec.project, spec.runtime, spec.memory, spec.cpus, spec.egress]);
}

/** Cuts raw output into lines; what has no line end yet is kept. A line longer than 32 KiB is cut. */
export function lineCutter(take: (line: string) => void): (chunk: Buffer) => void {
  const decoder = new TextDecoder();
  const most = 32_768;
  let rest = "";
  return (chunk) => {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
    while (rest.length > most) {
      take(rest.slice(0, most));
      rest = rest.slice(most);
    }
  };
}
