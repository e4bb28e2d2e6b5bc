import { ProblemError } from "@pulse/schema/problem";

const headersMostBytes = 32 * 1024;
const headersMost = 200;

/** Refuses requests that no part of the gateway should see: throws `bad_request` or `headers_too_large`. */
export function checkRequest(request: Request): void {
  let count = 0;
  let bytes = 0;
  for (const [name, value] of request.headers) {
    count += 1;
    bytes += name.length + value.length;
  }
  if (count > headersMost || bytes > headersMostBytes) {
    throw new ProblemError(
      "headers_too_large",
      `at most ${headersMost} headers of ${headersMostBytes} bytes, got ${count} of ${bytes}`,
    );
  }
  const path = pathOf(request.url);
  if (/[\u0000-\u001f\u007f\\]|%(?![0-9a-fA-F]{2})|%00/.test(path)) {
    throw new ProblemError(
      "bad_request",
      "the path has a control character, a backslash or a broken percent-encoding",
    );
  }
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
