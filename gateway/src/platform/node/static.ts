import { createReadStream, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { HandedOut } from "../../ports.ts";
import { dashboardFile, dashboardHeaders, notBuiltPage } from "../dashboard-page.ts";
import { handedOutPath, readHandedOut } from "../handed-out.ts";

const built = fileURLToPath(new URL("../../../../dashboard/dist", import.meta.url));

/** The dashboard's answer to a request from its folder, packed where the reader takes it so; null when the request is none of its business. */
export function serveDashboard(request: Request, folder: string = built): Response | null {
  const file = dashboardFile(request);
  if (file === null) return null;
  const plain = fileAt(join(folder, file.path));
  if (plain === null) return file.isPage ? notBuiltPage(request) : null;
  const takesGzip = (request.headers.get("accept-encoding") ?? "").includes("gzip");
  const packed = takesGzip ? fileAt(join(folder, `${file.path}.gz`)) : null;
  const found = packed ?? plain;
  const etag = `"${found.bytes.toString(36)}-${found.changedAt.toString(36)}"`;
  const headers = new Headers({ ...dashboardHeaders(file), etag });
  if (request.headers.get("if-none-match") === etag) {
    headers.delete("content-type");
    return new Response(null, { status: 304, headers });
  }
  headers.set("content-length", String(found.bytes));
  if (packed !== null) headers.set("content-encoding", "gzip");
  return new Response(request.method === "HEAD" ? null : streamed(found.path), { headers });
}

function fileAt(path: string): { path: string; bytes: number; changedAt: number } | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() ? { path, bytes: stat.size, changedAt: Math.floor(stat.mtimeMs) } : null;
}

function streamed(path: string): ReadableStream<Uint8Array> {
  return Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
}

/** What stands for runners in the built dashboard; null where it was not built. */
export async function builtRunner(): Promise<HandedOut | null> {
  const path = join(built, handedOutPath);
  return fileAt(path) === null ? null : readHandedOut(await readFile(path, "utf8"));
}
