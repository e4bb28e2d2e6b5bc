import { ProblemError } from "@pulse/schema/problem";
import type { SourceView } from "@pulse/schema/wire/functions";
import type { Ports } from "../ports.ts";
import { gunzipParts } from "./gunzip-parts.ts";
import { readTarParts } from "./read-tar.ts";
import type { VersionRow } from "./store.ts";
import { type BundleFile, bundleMost } from "./tar.ts";

const fileMost = 2 ** 20;
const textMost = 8 * 2 ** 20;
/** Room for headers and padding of the most files a bundle may have. */
const tarMost = bundleMost.bytes + bundleMost.files * 2048;

/** The files of a version: the text of those that are text, up to 1 MiB each and 8 MiB in all. Throws `gone`. */
export async function sourceOf(ports: Ports, row: VersionRow): Promise<SourceView["files"]> {
  const stored = await ports.blobs.get(row.bundleSha256);
  if (stored === null) throw new ProblemError("gone", "the bundle of this version is no longer kept");
  const packed = new Uint8Array(await new Response(stored.body).arrayBuffer());
  const files = await readTarParts(gunzipParts(packed), tarMost);
  let left = textMost;
  return files.map((file) => {
    const bytes = file.content.length;
    const text = bytes > Math.min(fileMost, left) ? null : textOf(file);
    if (text !== null) left -= bytes;
    return { path: file.path, bytes, text };
  });
}

function textOf({ content }: BundleFile): string | null {
  if (content.includes(0)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    // Not UTF-8: it is shown by name and size.
    return null;
  }
}
