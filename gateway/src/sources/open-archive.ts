import type { Read } from "@pulse/schema/apply/layout";
import { ProblemError } from "@pulse/schema/problem";
import { gunzipParts } from "../functions/gunzip-parts.ts";
import { readTarParts } from "../functions/read-tar.ts";
import type { BundleFile } from "../functions/tar.ts";
import { layoutAt, layoutPath, partOf } from "./read-layout.ts";

/** What a folder of a repository consists of at the end of a branch. */
export interface Archive {
  /** Its `pulse.yaml` and what that names. Paths are from the top of the repository. */
  files: BundleFile[];
  layout: Read;
  /** Null: the archive does not say. */
  commit: string | null;
}

/** What an archive has at most: bytes as it comes and unpacked, and files. */
export const archiveMost = { packed: 16 * 2 ** 20, unpacked: 48 * 2 ** 20, files: 10_000 };

/**
 * Opens a tar.gz as `git archive` and the hosts make it: everything in one folder, the commit before it. It is unpacked twice, first to read what the
 * folder is made of, so that nothing else of a large repository is ever in memory. `where` is who sent it. Throws `repository_unreadable`, `invalid_bundle`.
 */
export async function openArchive(
  packed: Uint8Array<ArrayBuffer>,
  folder: string,
  where: string,
): Promise<Archive> {
  const first = layoutPath(folder);
  const { files, commit } = await read(packed, (path) => path === first, where);
  const layout = layoutAt(files, folder);
  if (!("layout" in layout)) return { files, layout, commit };
  const whole = await read(packed, partOf(layout.layout, folder), where);
  return { files: whole.files, layout, commit };
}

async function read(
  packed: Uint8Array<ArrayBuffer>,
  isWanted: (path: string) => boolean,
  where: string,
): Promise<Omit<Archive, "layout">> {
  let commit: string | null = null;
  const reading = {
    ...{ skipsOthers: true, filesMost: archiveMost.files },
    keeps: (path: string) => isWanted(belowTop(path)),
    onGlobal(records: string) {
      commit = /^\d+ comment=([0-9a-f]{40}|[0-9a-f]{64})$/m.exec(records)?.[1] ?? commit;
    },
  };
  const kept = await readTarParts(gunzipParts(packed), archiveMost.unpacked, reading).catch((cause) => {
    if (cause instanceof ProblemError) throw cause;
    if (cause instanceof RangeError)
      throw tooLarge(`unpacks to more than ${archiveMost.unpacked / 2 ** 20} MiB`);
    throw new ProblemError("repository_unreadable", `what ${where} sent is no tar.gz`, { cause });
  });
  return { files: kept.map(({ path, content }) => ({ path: belowTop(path), content })), commit };
}

/** A path without the folder that everything is in; empty for what is in none. */
function belowTop(path: string): string {
  const at = path.indexOf("/");
  return at < 0 ? "" : path.slice(at + 1);
}

/** The problem of an archive that has too much of something. */
export function tooLarge(detail: string): ProblemError {
  return new ProblemError("repository_unreadable", `the archive of the repository ${detail}`, {
    hint: "pulse apply in a pipeline has no such limit",
  });
}
