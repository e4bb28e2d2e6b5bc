import { ProblemError } from "@pulse/schema/problem";

/** The whole body of a request; throws `payload_too_large` as soon as it is known to be over `most` bytes, `bad_request` when it breaks off. */
export async function readAtMost(request: Request, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const declared = request.headers.get("content-length");
  if (declared !== null && Number(declared) > most) throw tooLarge(most);
  try {
    return declared === null ? await gathered(request, most) : new Uint8Array(await request.arrayBuffer());
  } catch (cause) {
    if (cause instanceof ProblemError) throw cause;
    throw new ProblemError("bad_request", "the body broke off before its end", { cause });
  }
}

/** Without a declared length the limit is kept while reading. */
async function gathered(request: Request, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > most) throw tooLarge(most);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function tooLarge(most: number): ProblemError {
  return new ProblemError("payload_too_large", `the body may have at most ${most} bytes`);
}
