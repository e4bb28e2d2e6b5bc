import type { DraftBody } from "@pulse/schema/wire/drafts";
import { type Accessor, createRoot, createSignal } from "solid-js";
import { DraftKeeper, type Kept } from "./draft-keeper.ts";
import type { Beginning } from "./draft-store.ts";
import { writerOf } from "./draft-writer.ts";
import { type ManifestFault, manifestName, manifestText, readManifest } from "./manifest-text.ts";

/** The draft of one function while somebody writes it: its files and settings, and how they stand to the server's. */
export interface Workbench {
  readonly name: string;
  readonly keeper: DraftKeeper;
  body: Accessor<DraftBody>;
  kept: Accessor<Kept>;
  /** Names of the files in order, the settings last. */
  paths: Accessor<readonly string[]>;
  /** The text of a file; null: it is none. */
  textOf(path: string): string | null;
  edit(path: string, text: string): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Why the settings as they are written are not taken; null: they are. */
  manifestFault: Accessor<ManifestFault | null>;
  /** Replaces the settings, as the form does. */
  setSettings(settings: DraftBody["settings"]): void;
  /** Takes another draft as a whole; the number of times that happened. */
  replace(body: DraftBody): void;
  replaced: Accessor<number>;
}

/** Kept while something in them is not on the server, so that leaving a page loses nothing. */
const benches = new Map<string, Workbench>();

/** The workbench of this function that still has something unwritten. */
export function benchLeft(name: string): Workbench | null {
  return benches.get(name) ?? null;
}

/** Makes the workbench of a function. */
export function openBench(name: string, beginning: Beginning): Workbench {
  const bench = createRoot(() => makeBench(name, beginning));
  benches.set(name, bench);
  return bench;
}

const leaving = new Map<string, Promise<void>>();

/** Leaves a workbench: what is unwritten is written, and only what cannot be is kept. */
export function leaveBench(bench: Workbench): void {
  const left = bench.keeper.flush().then((isSaved) => {
    if (isSaved && benches.get(bench.name) === bench) benches.delete(bench.name);
    if (leaving.get(bench.name) === left) leaving.delete(bench.name);
  });
  leaving.set(bench.name, left);
}

/** Resolves when nothing of this function is on its way to the server any more, so that what is read there is the last word. */
export async function benchSettled(name: string): Promise<void> {
  await leaving.get(name);
}

/** Whether any workbench has something that the server does not have. */
export function isAnythingUnwritten(): boolean {
  return [...benches.values()].some(({ keeper }) => keeper.unwritten !== null);
}

function makeBench(name: string, beginning: Beginning): Workbench {
  const [body, setBody] = createSignal(beginning.body);
  const [kept, setKept] = createSignal<Kept>({ state: "saved", savedAt: null, error: null });
  const [replaced, setReplaced] = createSignal(0);
  const manifestOf = (draft: DraftBody) => manifestText(name, draft, location.origin);
  const [manifest, setManifest] = createSignal(manifestOf(beginning.body));
  const [manifestFault, setManifestFault] = createSignal<ManifestFault | null>(null);
  const keeper = new DraftKeeper(beginning.revision, writerOf(name), setKept);
  const change = (next: DraftBody) => {
    setBody(next);
    keeper.edit(next);
  };
  const editManifest = (text: string) => {
    setManifest(text);
    const read = readManifest(name, text);
    setManifestFault("fault" in read ? read : null);
    if (!("fault" in read)) change({ files: body().files, ...read });
  };
  return {
    name,
    keeper,
    body,
    kept,
    manifestFault,
    replaced,
    paths: () => [...Object.keys(body().files).sort(), manifestName],
    textOf(path) {
      if (path === manifestName) return manifest();
      const content = body().files[path];
      return typeof content === "string" ? content : null;
    },
    edit(path, text) {
      if (path === manifestName) editManifest(text);
      else change({ ...body(), files: { ...body().files, [path]: text } });
    },
    rename(from, to) {
      const { [from]: content, ...others } = body().files;
      if (content !== undefined) change({ ...body(), files: { ...others, [to]: content } });
    },
    remove(path) {
      const { [path]: _, ...others } = body().files;
      change({ ...body(), files: others });
    },
    setSettings(settings) {
      change({ ...body(), settings });
      setManifest(manifestOf(body()));
      setManifestFault(null);
    },
    replace(next) {
      setBody(next);
      setManifest(manifestOf(next));
      setManifestFault(null);
      setReplaced((count) => count + 1);
    },
  };
}
