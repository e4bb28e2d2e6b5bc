import { createReadStream, statSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

const built = fileURLToPath(new URL("../../../../dashboard/dist", import.meta.url));

/** What belongs to the API and never to the dashboard. */
const notOurs =
  /^\/(v1|f|hooks|runner|auth|schemas|health|livez|readyz|version|metrics|docs|openapi\.json)(\/|$)/;

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  json: "application/json",
  woff2: "font/woff2",
};

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const safe: Readonly<Record<string, string>> = {
  "content-security-policy": policy,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
};

const notBuilt = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Pulse</title>
<h1>Pulse</h1><p>The gateway runs. Its dashboard has not been built yet: <code>npx -y pnpm@12.21.0 build</code> does that, and <code>pnpm start</code> does it by itself.</p>
<p><a href="/docs">The API</a></p></html>`;

/**
 * The dashboard's answer to a request, or null when the request is none of its business. Files under `assets/` are named by their content and
 * kept for a year; every other path without an extension is a page of the dashboard, which finds its way by the address.
 */
export function serveDashboard(request: Request, folder: string = built): Response | null {
  if (request.method !== "GET" && request.method !== "HEAD") return null;
  const { pathname } = new URL(request.url);
  if (notOurs.test(pathname)) return null;
  const isFile = /\.[a-z0-9]+$/.test(pathname);
  // A program that asks for JSON at a wrong address gets the problem, not a page.
  if (!isFile && pathname !== "/" && !accepts(request, "accept", "text/html")) return null;
  const path = isFile ? pathname : "/index.html";
  if (!/^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/.test(path)) return null;
  const plain = fileAt(join(folder, path));
  if (plain === null) return isFile ? null : page(request, notBuilt);
  const packed = accepts(request, "accept-encoding", "gzip") ? fileAt(join(folder, `${path}.gz`)) : null;
  const found = packed ?? plain;
  const etag = `"${found.bytes.toString(36)}-${found.changedAt.toString(36)}"`;
  const lasting = { ...safe, etag, vary: "accept-encoding", "cache-control": cacheOf(path) };
  if (request.headers.get("if-none-match") === etag) {
    return new Response(null, { status: 304, headers: lasting });
  }
  const headers = {
    ...lasting,
    "content-type": types[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream",
    "content-length": String(found.bytes),
    ...(packed === null ? {} : { "content-encoding": "gzip" }),
  };
  return new Response(request.method === "HEAD" ? null : streamed(found.path), { headers });
}

function cacheOf(path: string): string {
  return path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
}

function accepts(request: Request, header: string, what: string): boolean {
  return (request.headers.get(header) ?? "").includes(what);
}

function page(request: Request, html: string): Response {
  const headers = { ...safe, "content-type": types.html ?? "", "cache-control": "no-store" };
  return new Response(request.method === "HEAD" ? null : html, { headers });
}

function fileAt(path: string): { path: string; bytes: number; changedAt: number } | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() ? { path, bytes: stat.size, changedAt: Math.floor(stat.mtimeMs) } : null;
}

function streamed(path: string): ReadableStream<Uint8Array> {
  return Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
}
