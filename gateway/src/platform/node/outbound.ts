import { lookup } from "node:dns/promises";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { Readable } from "node:stream";
import { type OutboundPolicy, refused } from "../../outbound/check-url.ts";
import type { Hop, HopAnswer, Outbound } from "../../outbound/outbound.ts";
import { isPublicAddress } from "../../outbound/public-address.ts";

const connectMs = 5000;

interface Found {
  address: string;
  family: number;
}
type Resolve = (host: string) => Promise<Found[]>;
const systemResolve: Resolve = (host) => lookup(host, { all: true });

/**
 * How requests leave a Node gateway. A name is resolved once and its addresses are all checked; the connection goes to one that was
 * checked, whatever the name means a moment later.
 */
export function nodeOutbound(policy: OutboundPolicy, resolve: Resolve = systemResolve): Outbound {
  return {
    policy,
    async send(hop, signal) {
      const host = hop.url.hostname.replace(/^\[|\]$/g, "");
      const found = await within(AbortSignal.any([signal, AbortSignal.timeout(connectMs)]), resolve(host));
      if (found.length === 0) throw new Error("the name has no address");
      if (!hop.isAllowed && found.some(({ address }) => !isPublicAddress(address))) {
        throw refused(`${host} leads to an address that is not on the public internet`);
      }
      return answerOf(await connect(hop, found, signal));
    },
  };
}

function connect(
  { url, method, headers, body }: Hop,
  found: readonly Found[],
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const request = url.protocol === "https:" ? httpsRequest : httpRequest;
  const [first] = found;
  const pinned = (_host: string, options: { all?: boolean }, done: (...answer: unknown[]) => void) =>
    options.all === true ? done(null, found) : done(null, first?.address, first?.family);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const hasBody = body !== null || !/^(GET|HEAD|DELETE)$/.test(method);
  const sent = request(url, {
    method,
    headers: [
      ...headers.flat(),
      ...["host", url.host],
      ...(hasBody ? ["content-length", String(body?.length ?? 0)] : []),
    ],
    signal,
    // A connection of its own: none that was made to another address is used again.
    agent: false,
    lookup: pinned as never,
    maxHeaderSize: 16_384,
  });
  const late = setTimeout(
    () => sent.destroy(new Error(`no connection within ${connectMs} ms`)),
    connectMs,
  ).unref();
  const connected = () => clearTimeout(late);
  sent.on("socket", (socket) =>
    socket.once(url.protocol === "https:" ? "secureConnect" : "connect", connected),
  );
  sent.on("close", connected);
  sent.on("error", (error) => reject(signal.aborted ? signal.reason : error));
  // What it would be switched to is not read.
  sent.on("upgrade", (_, socket) => {
    socket.destroy();
    reject(new Error("it wants to speak another protocol"));
  });
  sent.on("response", resolve);
  sent.end(body ?? undefined);
  return promise;
}

function answerOf(response: IncomingMessage): HopAnswer {
  const headers = new Headers();
  const { rawHeaders } = response;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    headers.append(rawHeaders[i] ?? "", rawHeaders[i + 1] ?? "");
  }
  // Node's types of web streams are not those of the browser, which they are.
  const raw = Readable.toWeb(response) as ReadableStream<Uint8Array>;
  return { status: response.statusCode ?? 0, headers, body: decoded(raw, headers.get("content-encoding")) };
}

function decoded(body: ReadableStream<Uint8Array>, encoding: string | null): ReadableStream<Uint8Array> {
  const format = encoding?.trim().toLowerCase();
  if (format !== "gzip" && format !== "deflate") return body;
  return body.pipeThrough(new DecompressionStream(format) as ReadableWritablePair<Uint8Array, Uint8Array>);
}

async function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise: gone, reject } = Promise.withResolvers<never>();
  const end = () => reject(signal.reason);
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  return await Promise.race([work, gone]).finally(() => signal.removeEventListener("abort", end));
}
