import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { ProblemError } from "@pulse/schema/problem";
import type { HeaderList } from "@pulse/schema/wire/job";
import type { Runtime } from "@pulse/schema/wire/manifest";
import { pack } from "tar-stream";
import type { BuildJob, CapturedLine, FunctionJob, JobLink } from "../work.ts";

/** Code of a test by its files, each a text or its lines. */
export type Files = Record<string, string | string[]>;

/** What surrounds a job in a test: gives it code and a body, and keeps what it says. */
export class RecordingLink implements JobLink {
  readonly lines: CapturedLine[] = [];
  head: { status: number; headers: HeaderList } | null = null;
  /** Resolves when the body has ended; an error of it is kept in `bodyError`. */
  bodyRead: Promise<void> = Promise.resolve();
  bodyError: unknown = null;
  responses = 0;
  /** Reads the response's body in place of keeping it. */
  reader: ((body: ReadableStream<Uint8Array>) => Promise<void>) | null = null;
  opened: Record<string, string> = {};
  answers: Record<string, { status: number; value: unknown }> = {};
  readonly #archive: string;
  readonly #body: Uint8Array | null;
  readonly #parts: Uint8Array[] = [];
  readonly #listeners = new Set<() => void>();

  constructor(archive: string, body: Uint8Array | null = null) {
    this.#archive = archive;
    this.#body = body;
  }

  get body(): Buffer {
    return Buffer.concat(this.#parts);
  }

  get text(): string {
    return this.lines.map(({ d }) => d).join("\n");
  }

  /** Waits until `look` holds; it is asked again with everything that arrives. */
  async until(look: () => boolean): Promise<void> {
    while (!look()) {
      await new Promise<void>((resolve) => {
        const listener = () => {
          this.#listeners.delete(listener);
          resolve();
        };
        this.#listeners.add(listener);
      });
    }
  }

  secrets(): Promise<Record<string, string>> {
    return Promise.resolve(this.opened);
  }

  async openBody(): Promise<ReadableStream<Uint8Array> | null> {
    const bytes = this.#body;
    if (bytes === null) return null;
    let at = 0;
    return new ReadableStream({
      pull(controller) {
        if (at >= bytes.length) return controller.close();
        controller.enqueue(bytes.subarray(at, at + 100_000));
        at += 100_000;
      },
    });
  }

  log(line: CapturedLine): void {
    this.lines.push(line);
    this.#changed();
  }

  respond(head: { status: number; headers: HeaderList }, body: ReadableStream<Uint8Array>): void {
    this.responses += 1;
    this.head = head;
    this.#changed();
    this.bodyRead = (this.reader ?? ((stream) => this.#keep(stream)))(body).catch((error: unknown) => {
      this.bodyError = error;
    });
  }

  async #keep(body: ReadableStream<Uint8Array>): Promise<void> {
    for await (const part of body) {
      this.#parts.push(part);
      this.#changed();
    }
  }

  async invoke(name: string): Promise<{ status: number; value: unknown }> {
    const answer = this.answers[name];
    if (answer === undefined) throw new ProblemError("not_found", `no function ${name}`);
    return answer;
  }

  async emit(name: string): Promise<{ id: string }> {
    const { value } = await this.invoke(name);
    return value as { id: string };
  }

  async kv(asked: Record<string, unknown>): Promise<unknown> {
    const { key, value, ...kv } = asked;
    return (await this.invoke(["kv", ...Object.values(kv), key, JSON.stringify(value)].join(" "))).value;
  }

  async content(): Promise<string> {
    return this.#archive;
  }

  async built(): Promise<string | null> {
    return null;
  }

  async upload(): Promise<void> {
    throw new Error("no dependencies are built here");
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** A version of a test: its bundle on disk and its jobs. */
export interface Deployed {
  archive: string;
  build: BuildJob;
  call(more?: {
    spec?: Partial<FunctionJob["spec"]>;
    attempt?: number;
    project?: string;
    timeoutMs?: number;
    traceparent?: string | null;
  }): FunctionJob;
}

/** Packs code as a deploy does; every deploy is a version of its own. */
export async function deploy(
  folder: string,
  runtime: Runtime,
  files: Files,
  settings: FunctionJob["spec"]["settings"] = {},
): Promise<Deployed> {
  const tar = pack();
  for (const [name, text] of Object.entries(files)) {
    tar.entry({ name }, Array.isArray(text) ? `${text.join("\n")}\n` : text);
  }
  tar.finalize();
  const version = `ver_${randomUUID()}`;
  const archive = join(folder, `${version}.tar.gz`);
  writeFileSync(archive, gzipSync(await buffer(tar)));
  const entry = runtime === "typescript" ? "index.js" : "main.py";
  const base = {
    ...{ fence: 1, attempt: 1, project: "prj_test", delivery: "atLeastOnce" as const, deadlineMs: null },
    ...{ traceparent: null, secrets: null, version, bundle: `sha256:${"0".repeat(64)}`, timeoutMs: 60_000 },
  };
  const tested = { id: "fn_test", name: "tested", version: 3 };
  let calls = 0;
  return {
    archive,
    build: {
      ...base,
      execution: `exe_build_${version}`,
      kind: "build",
      spec: { function: tested, runtime, entry, settings },
    },
    call: ({ spec = {}, ...more } = {}) => ({
      ...base,
      execution: `exe_${++calls}`,
      kind: "function",
      spec: {
        ...{
          function: { ...tested, alias: "live" },
          runtime,
          entry,
          settings,
          keepAliveMs: 60_000,
          deps: null,
        },
        trigger: { type: "http" },
        request: { method: "POST", url: "http://pulse.test:8787/f/tested/", path: "/", headers: [] },
        ...{ body: { at: "none" }, idempotencyKey: null, depth: 0, ...spec },
      },
      ...more,
    }),
  };
}
