import { ProblemError } from "@pulse/schema/problem";

/** Reads a request body of at most `mostBytes`; throws `payload_too_large`. */
export async function readBytes(request: Request, mostBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > mostBytes) throw tooLarge(mostBytes, declared);
  const bytes = new Uint8Array(await request.arrayBuffer().catch(asBroken));
  if (bytes.length > mostBytes) throw tooLarge(mostBytes, bytes.length);
  return bytes;
}

/** Reads a JSON body; throws `invalid_json` for what does not parse or nests deeper than 200. An empty body is undefined. */
export async function readJson(request: Request, mostBytes: number): Promise<unknown> {
  const bytes = await readBytes(request, mostBytes);
  if (bytes.length === 0) return undefined;
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw new ProblemError("invalid_json", "the body is not valid UTF-8");
  }
  checkDepth(text);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ProblemError(
      "invalid_json",
      error instanceof Error ? error.message : "the body is not valid JSON",
    );
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true });
const depthMost = 200;

function checkDepth(text: string): void {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) i = endOfString(text, i);
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > depthMost) {
        throw new ProblemError("invalid_json", `the body nests deeper than ${depthMost} levels`);
      }
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
}

/** The place of the quote that ends the string which starts at `from`. */
function endOfString(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x5c) i++;
    else if (code === 0x22) return i;
  }
  return text.length;
}

function tooLarge(most: number, seen: number): ProblemError {
  return new ProblemError("payload_too_large", `the body may have at most ${most} bytes, got ${seen}`);
}

function asBroken(cause: unknown): never {
  throw new ProblemError("bad_request", "the body broke off", { cause });
}
