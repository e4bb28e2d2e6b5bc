import { ProblemError } from "@pulse/schema/problem";
import { headerPairs, type RawRequest } from "./raw-request.ts";

const headersMostBytes = 32 * 1024;
const headersMost = 200;
const addressMost = 16 * 1024;
/** Headers that mean one thing: two of them would be read differently by different parts. */
const single = ["host", "authorization", "origin"];

/** Why no part of the gateway should see a request: `bad_request`, `uri_too_long` or `headers_too_large`; null for one that may be routed. */
export function refusalOf(request: Request, raw: RawRequest | null): ProblemError | null {
  try {
    checkRequest(request, raw);
    return null;
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
}

function checkRequest(request: Request, raw: RawRequest | null): void {
  const { length } = raw === null ? request.url : raw.target;
  if (length > addressMost) {
    throw new ProblemError("uri_too_long", `an address may have at most ${addressMost} bytes, got ${length}`);
  }
  checkHeaders(raw === null ? request.headers : headerPairs(raw));
  const path = pathOf(request.url);
  checkPath(path);
  if (raw === null) {
    if (!isCall(path)) checkPlain(path);
    return;
  }
  if (!raw.target.startsWith("/")) throw malformed("the request target must be a path", raw.target);
  const written = raw.target.split("?", 1)[0] ?? "";
  checkPath(written);
  // What is written under /f/ must stay there when it is normalised, or it would be routed as something else than it says.
  if (!isCall(written) || !isCall(path)) checkPlain(written);
}

function checkHeaders(headers: Iterable<readonly [string, string]>): void {
  let count = 0;
  let bytes = 0;
  const seen = new Set<string>();
  for (const [name, value] of headers) {
    count += 1;
    bytes += name.length + value.length;
    const lower = name.toLowerCase();
    if (!single.includes(lower)) continue;
    if (seen.has(lower)) throw new ProblemError("bad_request", `the header ${lower} was sent twice`);
    seen.add(lower);
  }
  if (count > headersMost || bytes > headersMostBytes) {
    throw new ProblemError(
      "headers_too_large",
      `at most ${headersMost} headers of ${headersMostBytes} bytes, got ${count} of ${bytes}`,
    );
  }
}

function isCall(path: string): boolean {
  return path.startsWith("/f/");
}

/** No path has these: not even one that a function reads by itself. */
function checkPath(path: string): void {
  if (/[\u0000-\u0020\u007f\\#]|%(?![0-9a-fA-F]{2})|%00/.test(path)) {
    throw malformed(
      "the path has a control character, a space, a backslash, a # or a broken percent-encoding",
      path,
    );
  }
}

/** Paths of the gateway's own routes are written in one way: proxies and routers disagree about the others. */
function checkPlain(path: string): void {
  if (/%2f|%5c/i.test(path)) throw malformed("the path has an encoded slash or backslash", path);
  if (/\/(\.|%2e){1,2}(\/|$)/i.test(path)) throw malformed("the path has a dot segment", path);
}

function malformed(what: string, seen: string): ProblemError {
  return new ProblemError("bad_request", `${what}, got ${JSON.stringify(seen.slice(0, 200))}`);
}

/** The request id: the caller's when it is sane, else a new one of 16 hex digits. */
export function requestIdOf(request: Request, random: (bytes: number) => Uint8Array): string {
  const given = request.headers.get("x-request-id");
  if (given !== null && /^[A-Za-z0-9._:-]{1,100}$/.test(given)) return given;
  let id = "";
  for (const byte of random(8)) id += byte.toString(16).padStart(2, "0");
  return id;
}

/** Headers of every answer of the control API. */
export const safeHeaders: readonly (readonly [string, string])[] = [
  ["x-content-type-options", "nosniff"],
  ["referrer-policy", "no-referrer"],
  ["x-frame-options", "DENY"],
  ["content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"],
];

function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("//") + 2);
  return start < 0 ? "/" : (url.slice(start).split(/[?#]/, 1)[0] ?? "/");
}
