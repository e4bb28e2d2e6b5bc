import { writeTar } from "../functions/tar.ts";

const encoder = new TextEncoder();

/** An archive as `git archive` and the hosts make it: a record with the commit first, then everything in one folder, a link among it. */
export function repositoryArchive(
  files: Readonly<Record<string, string>>,
  commit: string,
): Uint8Array<ArrayBuffer> {
  const top = `shop-${commit.slice(0, 7)}`;
  const paths = Object.entries(files).map(([path, text]) => ({
    path: `${top}/${path}`,
    content: encoder.encode(text),
  }));
  const record = encoder.encode(`52 comment=${commit}\n`);
  const global = entry("pax_global_header", "g", record);
  const link = entry(`${top}/link`, "2", new Uint8Array(0));
  const rest = writeTar(paths);
  const whole = new Uint8Array(global.length + link.length + rest.length);
  whole.set(global);
  whole.set(link, global.length);
  whole.set(rest, global.length + link.length);
  return whole;
}

/** One entry of any type: a file's, with another type and the sum that belongs to it. */
function entry(path: string, type: string, content: Uint8Array<ArrayBuffer>): Uint8Array {
  const bytes = writeTar([{ path, content }]).slice(0, 512 + Math.ceil(content.length / 512) * 512);
  bytes.set(encoder.encode(type), 156);
  bytes.set(encoder.encode("        "), 148);
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  bytes.set(encoder.encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  return bytes;
}
