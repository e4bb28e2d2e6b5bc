import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { checkHeaders } from "@pulse/schema/outgoing/check-headers";
import { isRedirect, nextHop, type PlainHop, withDefaults } from "@pulse/schema/outgoing/next-hop";
import { plainUrl } from "@pulse/schema/outgoing/plain-url";
import { answerMostBytes, type RequestAnswer } from "@pulse/schema/wire/command";
import { Agent, type Dispatcher, request } from "undici";

const redirectsMost = 3;
const connectMs = 10_000;
/** What is a credential of the receiver's is not kept where people read. */
const hiddenHeaders: ReadonlySet<string> = new Set(["set-cookie"]);
const decoders: Record<string, () => NodeJS.ReadWriteStream> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** Why there is no answer to go on with. */
export class NoAnswer extends Error {
  readonly code: "no_answer" | "redirect" | "answer_too_large";

  constructor(code: NoAnswer["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Makes a request from this machine and follows up to three redirects, each to where `mayCall` names no reason against it. Throws
 * `invalid_header`, `NoAnswer`, and whatever the signal's firing makes of a request.
 */
export async function send(
  asked: Pick<PlainHop, "url" | "method" | "body"> & { headers: [string, string][] },
  mayCall: (url: URL) => string | null,
  signal: AbortSignal,
): Promise<RequestAnswer & { bytes: number }> {
  checkHeaders(asked.headers);
  // Connections of its own: none is left to the next job.
  const agent = new Agent({
    connect: { timeout: connectMs },
    ...{ headersTimeout: 0, bodyTimeout: 0, maxHeaderSize: 16_384 },
  });
  try {
    let hop: PlainHop = { ...asked, headers: withDefaults(asked.headers) };
    for (let followed = 0; ; followed++) {
      const answer = await once(hop, agent, signal);
      const location = firstOf(answer.headers.location);
      if (!isRedirect(answer.statusCode, location)) return await whole(answer, hop);
      answer.body.on("error", () => undefined).destroy();
      if (followed >= redirectsMost) throw redirected(`more than ${redirectsMost} times`);
      hop = hopAfter(hop, answer.statusCode, location, mayCall);
    }
  } finally {
    await agent.destroy();
  }
}

async function once(hop: PlainHop, dispatcher: Agent, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
  const { url, method, headers, body } = hop;
  try {
    // The contract's methods are those that undici knows.
    const known = method as Dispatcher.HttpMethod;
    return await request(url, { method: known, headers: headers.flat(), body, signal, dispatcher });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new NoAnswer("no_answer", `no answer from ${url.host} (${codeOf(error)})`);
  }
}

function hopAfter(
  before: PlainHop,
  status: number,
  location: string,
  mayCall: (url: URL) => string | null,
): PlainHop {
  const target = URL.parse(location, before.url);
  const to = target === null ? "to what is no URL" : plainUrl(target.href);
  if (typeof to === "string") throw redirected(target === null ? to : `to what is not called: ${to}`);
  const refusal = mayCall(to);
  if (refusal !== null) throw redirected(`to ${to.host}, and this runner's policy refuses this: ${refusal}`);
  const next = nextHop(before, status, to);
  if (typeof next === "string") throw redirected(next);
  return next;
}

async function whole(answer: Dispatcher.ResponseData, { url, method }: PlainHop) {
  const { statusCode, headers, body } = answer;
  const encoding = firstOf(headers["content-encoding"])?.trim().toLowerCase() ?? "identity";
  const isEmpty = method === "HEAD" || statusCode === 204 || statusCode === 304;
  const decoder = isEmpty ? undefined : decoders[encoding]?.();
  const parts: Buffer[] = [];
  let bytes = 0;
  // What breaks off before is told by the decoder.
  const read = decoder === undefined ? body : body.on("error", (e) => decoder.emit("error", e)).pipe(decoder);
  try {
    for await (const chunk of read) {
      const part = Buffer.from(chunk);
      bytes += part.length;
      if (bytes > answerMostBytes)
        throw new NoAnswer("answer_too_large", `the answer has more than ${answerMostBytes} bytes`);
      parts.push(part);
    }
  } catch (error) {
    if (error instanceof NoAnswer) throw error;
    throw new NoAnswer("no_answer", `the answer of ${url.host} broke off (${codeOf(error)})`);
  } finally {
    body.on("error", () => undefined).destroy();
  }
  const kept = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ||
    hiddenHeaders.has(name) ||
    (decoder !== undefined && /^content-(encoding|length)$/.test(name))
      ? []
      : [[name, Array.isArray(value) ? value.join(", ") : value]],
  );
  return {
    ...{ status: statusCode, headers: Object.fromEntries(kept), bytes },
    body: new TextDecoder().decode(Buffer.concat(parts)),
  };
}

function firstOf(value: string | string[] | undefined): string | null {
  return (Array.isArray(value) ? value[0] : value) ?? null;
}

function redirected(how: string): NoAnswer {
  return new NoAnswer("redirect", `it redirects ${how}`);
}

/** What is short and says where to look: the system's code, such as ECONNREFUSED. */
function codeOf(error: unknown): string {
  const code: unknown = Reflect.get(Object(error), "code");
  if (typeof code === "string") return code;
  return error instanceof Error ? error.message : String(error);
}
