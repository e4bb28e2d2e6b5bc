import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Language } from "@pulse/schema/wire/manifest";
import { extract, pack } from "tar-stream";
import { expect, vi } from "vitest";
import type { AttemptEnd, Workshop } from "../../work.ts";
import { type Deployed, deploy, RecordingLink } from "../recording-link.suite.ts";
import { createWorkshop } from "../workshop.ts";
import type { InstallLimits } from "./limits.ts";
import { type Contents, sha256 } from "./zip.suite.ts";

/** A workshop of a kind, once it can run both runtimes. */
export async function workshopOf(
  kind: "docker" | "process",
  folder: string,
  installs: Partial<InstallLimits> = {},
  containerRuntime: string | null = null,
): Promise<Workshop> {
  const runner = `rnr_${randomBytes(6).toString("hex")}`;
  const workshop = await createWorkshop({
    kind,
    stateDir: join(folder, runner),
    images: {
      typescript: process.env.PULSE_IMAGE_TYPESCRIPT ?? null,
      python: process.env.PULSE_IMAGE_PYTHON ?? null,
    },
    slots: 4,
    runner,
    confinement: { runtime: containerRuntime, seccomp: "strict" },
    log: () => undefined,
    egress: { filtered: true, opened: [] },
    installs,
  });
  const languages = expect.arrayContaining(["typescript", "python"]);
  await vi.waitFor(() => expect(workshop.runtimes).toEqual(languages), 60_000);
  return workshop;
}

/** Stored content of a test, by digest. */
export type Store = Map<string, string>;

/** A link that stores what a build uploads. */
export class BuildLink extends RecordingLink {
  readonly #store: Store;
  readonly #bundle: string;
  readonly uploads: string[] = [];

  constructor(archive: string, store: Store, body: Uint8Array | null = null) {
    super(archive, body);
    this.#bundle = archive;
    this.#store = store;
  }

  override async content(digest?: string): Promise<string> {
    return this.#store.get(digest ?? "") ?? this.#bundle;
  }

  override async upload(path?: string, digest?: string): Promise<void> {
    if (path === undefined || digest === undefined) throw new Error("nothing to upload");
    const bytes = readFileSync(path);
    expect(sha256(bytes)).toBe(digest);
    const kept = join(this.#bundle, "..", digest);
    writeFileSync(kept, bytes);
    this.#store.set(digest, kept);
    this.uploads.push(digest);
  }
}

/** What a test does with one workshop, in a project of its own. */
export class Builds {
  readonly store: Store = new Map();
  readonly #project = `prj_${randomBytes(6).toString("hex")}`;
  readonly #workshop: Workshop;
  readonly #folder: string;

  constructor(workshop: Workshop, folder: string) {
    this.#workshop = workshop;
    this.#folder = folder;
  }

  /** Builds a version to its end. */
  async build(
    files: Contents,
    {
      settings = {},
      secrets = {},
      signal = new AbortController().signal,
      project = this.#project,
    }: {
      settings?: Record<string, unknown>;
      secrets?: Record<string, string>;
      signal?: AbortSignal;
      project?: string;
    } = {},
  ): Promise<{ end: AttemptEnd; link: BuildLink; version: Deployed }> {
    const runtime: Language = "main.py" in files ? "python" : "typescript";
    const version = await deploy(this.#folder, runtime, {}, settings);
    const tar = pack();
    for (const [name, content] of Object.entries(files)) tar.entry({ name }, Buffer.from(content));
    tar.finalize();
    writeFileSync(version.archive, gzipSync(await buffer(tar)));
    const link = new BuildLink(version.archive, this.store);
    link.opened = secrets;
    const end = await this.#workshop.build({ ...version.build, project }, link, signal);
    return { end, link, version };
  }

  /** Calls a built version with JSON. */
  async call(version: Deployed, deps: string | null, input: unknown = {}): Promise<unknown> {
    const headers: [string, string][] = [["content-type", "application/json"]];
    const request = { method: "POST", url: "http://pulse.test/f/x/", path: "/", headers };
    const project = this.#project;
    const job = version.call({ project, spec: { request, body: { at: "piped" }, deps } });
    const link = new BuildLink(version.archive, this.store, Buffer.from(JSON.stringify(input)));
    const end = await this.#workshop.run(job, link, new AbortController().signal);
    await link.bodyRead;
    if (end.status !== "succeeded") throw new Error(JSON.stringify(end.error));
    return JSON.parse(link.body.toString());
  }

  /** The files of a stored archive. */
  async filesOf(digest: string): Promise<Map<string, string>> {
    const files = new Map<string, string>();
    const reader = extract();
    reader.end(gunzipSync(readFileSync(this.store.get(digest) ?? "")));
    for await (const entry of reader) files.set(entry.header.name, (await buffer(entry)).toString("latin1"));
    return files;
  }
}
