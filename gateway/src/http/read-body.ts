import { ProblemError } from "@pulse/schema/problem";
import { checkContentDigest } from "./content-digest.ts";
import { gather } from "./gather.ts";
import { parseStrictJson } from "./strict-json.ts";

/**
 * The whole body of a request; throws `payload_too_large` as soon as it is known to be over `most` bytes, `bad_request` when it
 * breaks off, and `digest_mismatch` when it is not what its `Content-Digest` says.
 */
export async function readBytes(request: Request, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const declared = declaredLength(request.headers);
  if (declared !== null && declared > most) throw tooLarge(most);
  try {
    const bytes = await wholeOf(request, declared, most);
    await checkContentDigest(request.headers, bytes);
    return bytes;
  } catch (cause) {
    if (cause instanceof ProblemError) throw cause;
    throw new ProblemError("bad_request", "the body broke off before its end", { cause });
  }
}

async function wholeOf(request: Request, declared: number | null, most: number) {
  if (declared !== null) return new Uint8Array(await request.arrayBuffer());
  // Without a declared length the limit is kept while reading.
  return request.body === null ? new Uint8Array() : await gather(request.body, most, tooLarge);
}

/** Reads a JSON body; throws `invalid_json` as `parseStrictJson` does. An empty body is undefined. */
export async function readJson(request: Request, mostBytes: number): Promise<unknown> {
  const bytes = await readBytes(request, mostBytes);
  if (bytes.length === 0) return undefined;
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw new ProblemError("invalid_json", "the body is not valid UTF-8");
  }
  return parseStrictJson(text);
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The length that a body says to have, null without one; throws `bad_request` for what is no number. */
export function declaredLength(headers: Headers): number | null {
  const text = headers.get("content-length");
  if (text === null) return null;
  if (!/^\d{1,15}$/.test(text)) {
    throw new ProblemError("bad_request", `Content-Length must be a number, got ${JSON.stringify(text)}`);
  }
  return Number(text);
}

/** The problem of a body over `most` bytes. */
export function tooLarge(most: number): ProblemError {
  return new ProblemError("payload_too_large", `the body may have at most ${most} bytes`);
}
