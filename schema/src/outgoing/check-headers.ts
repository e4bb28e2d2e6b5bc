import { ProblemError } from "../problem.ts";

const nameMost = 128;
const bytesMost = 16_384;
/** What says how a message is sent, and to whom: never the user's to say. */
const ours: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authorization",
  "te",
  "trailer",
  "upgrade",
  "expect",
  "cookie",
]);

/** Checks headers that a user gave; throws `invalid_header`, which names the header and never shows its value. */
export function checkHeaders(headers: readonly (readonly [string, string])[]): void {
  let bytes = 0;
  for (const [name, value] of headers) {
    bytes += name.length + value.length;
    // RFC 9110: a token.
    if (name.length > nameMost || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
      throw invalid(`${JSON.stringify(name.slice(0, nameMost))} is no name of a header`);
    }
    const lower = name.toLowerCase();
    if (ours.has(lower)) throw invalid(`the header ${name} is not for users to set`);
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      throw invalid(`the header ${name} has a character that no header may have`);
    }
  }
  if (bytes > bytesMost) throw invalid(`headers have at most ${bytesMost} bytes together, got ${bytes}`);
}

function invalid(detail: string): ProblemError {
  return new ProblemError("invalid_header", detail);
}
