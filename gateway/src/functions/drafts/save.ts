import { makeId } from "@pulse/schema/ids";
import { ProblemError } from "@pulse/schema/problem";
import type { DraftBody, DraftView } from "@pulse/schema/wire/drafts";
import type { Ports } from "../../ports.ts";
import { bundleMost, checkPath } from "../tar.ts";
import { contentOf } from "../upload.ts";
import { createDraftStore, type DraftHead, type DraftRow } from "./store.ts";

const draftMostBytes = 5 * 2 ** 20;
const savesMost = 5;

/** What the caller demands of the draft that stands: the headers `If-Match` and `If-None-Match`. */
export interface Conditions {
  match: string | null;
  noneMatch: string | null;
}

/** The draft of this name; throws `not_found`. */
export async function findDraft(ports: Ports, project: string, name: string): Promise<DraftRow> {
  const row = await createDraftStore(ports.database).byName(project, name);
  if (row === null) throw new ProblemError("not_found", `there is no draft of "${name}"`);
  return row;
}

/** Saves a draft over what its conditions allow. Throws `precondition_failed`, `invalid_bundle`, `payload_too_large`. */
export async function saveDraft(
  ports: Ports,
  project: string,
  name: string,
  body: DraftBody,
  conditions: Conditions,
): Promise<{ row: DraftRow; isNew: boolean }> {
  checkSize(body);
  const store = createDraftStore(ports.database);
  for (let tries = 0; tries < savesMost; tries++) {
    const known = await store.byName(project, name);
    checkConditions(known, conditions, name);
    const now = ports.now();
    const row: DraftRow = {
      project,
      name,
      ownerId: known?.ownerId ?? makeId("draft", now, ports.random(10)),
      // Never one that was there before, also not after the draft was thrown away and begun anew.
      revision: Math.max(now, (known?.revision ?? 0) + 1),
      runtime: body.runtime,
      entry: body.entry ?? null,
      updatedAt: now,
      settings: body.settings,
      files: body.files,
    };
    const saved = known === null ? await store.insert(row) : await store.replace(row, known.revision);
    if (saved) return { row, isNew: known === null };
  }
  throw new ProblemError("conflict", `others save the draft of "${name}" at the same time`, {
    retryAfter: 1,
  });
}

/** Throws the draft away. Throws `not_found`, `precondition_failed`. */
export async function deleteDraft(
  ports: Ports,
  project: string,
  name: string,
  conditions: Conditions,
): Promise<void> {
  for (let tries = 0; tries < savesMost; tries++) {
    const known = await findDraft(ports, project, name);
    checkConditions(known, conditions, name);
    if (await createDraftStore(ports.database).remove(known)) return;
  }
  throw new ProblemError("conflict", `others save the draft of "${name}" at the same time`, {
    retryAfter: 1,
  });
}

/** Throws `precondition_failed` when the draft is not what its caller took it for. */
export function checkConditions(
  known: Pick<DraftRow, "revision"> | null,
  { match, noneMatch }: Conditions,
  name: string,
): void {
  if (noneMatch === "*" && known !== null) {
    throw new ProblemError("precondition_failed", `there is a draft of "${name}" already`);
  }
  if (match === null) return;
  if (known === null) throw new ProblemError("precondition_failed", `the draft of "${name}" is gone`);
  // A proxy that packs answers calls a tag weak.
  if (match !== "*" && match.replace(/^W\//, "") !== etagOf(known)) {
    throw new ProblemError("precondition_failed", `the draft of "${name}" has changed since it was read`, {
      members: { revision: known.revision },
    });
  }
}

/** The `ETag` of a draft. */
export function etagOf({ revision }: Pick<DraftRow, "revision">): string {
  return `"${revision}"`;
}

/** A draft as the control API shows it. */
export function draftView(row: DraftRow): DraftView {
  const { files, settings } = row;
  return { ...headView(row), files, settings };
}

/** A draft without its files. */
export function headView({ name, runtime, entry, revision, updatedAt }: Omit<DraftHead, "exists">) {
  return { name, runtime, entry, revision, updatedAt: new Date(updatedAt).toISOString() };
}

function checkSize({ files }: DraftBody): void {
  const paths = Object.keys(files);
  if (paths.length > bundleMost.files) {
    const detail = `a draft may have at most ${bundleMost.files} files, got ${paths.length}`;
    throw new ProblemError("invalid_bundle", detail);
  }
  for (const path of paths) checkPath(path);
  const bytes = Object.values(files).reduce((sum, content) => sum + contentOf(content).length, 0);
  if (bytes > draftMostBytes) {
    const detail = `the files of a draft may have 5 MiB in all, got ${(bytes / 2 ** 20).toFixed(1)} MiB; deploy larger ones with the CLI`;
    throw new ProblemError("payload_too_large", detail);
  }
}
