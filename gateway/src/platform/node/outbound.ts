import { lookup } from "node:dns/promises";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { BlockList, isIP } from "node:net";
import { isAddress } from "../../executions/callbacks/allowed.ts";
import type { Post } from "../../executions/callbacks/deliver.ts";

const readMost = 65_536;

const inner = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const)
  inner.addSubnet(net, bits, "ipv4");
const outer6 = new BlockList();
outer6.addSubnet("2000::", 3, "ipv6");
for (const [net, bits] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const)
  inner.addSubnet(net, bits, "ipv6");

/** Whether an address is one of the public internet: no private network, no link, no machine's own, no metadata service. */
export function isPublic(address: string): boolean {
  if (isIP(address) === 4) return !inner.check(address, "ipv4");
  return isIP(address) === 6 && outer6.check(address, "ipv6") && !inner.check(address, "ipv6");
}

type Resolve = (host: string) => Promise<{ address: string; family: number }[]>;
const systemResolve: Resolve = (host) => lookup(host, { all: true });

/**
 * Sends to receivers from Node. A name is resolved once and its addresses are all checked; the connection goes to the one that was checked,
 * whatever the name means a moment later. A host that is written as an address was allowed by the operator as such.
 */
export function nodePost(resolve: Resolve = systemResolve): Post {
  return async (text, { headers, body }, signal) => {
    const url = new URL(text);
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const found = await within(signal, resolve(host));
    const [first] = found;
    if (first === undefined) throw new Error("the name has no address");
    if (!isAddress(url.hostname) && found.some(({ address }) => !isPublic(address))) {
      throw new Error("the name leads to an address that is not public");
    }
    return await send(
      url,
      first,
      { ...headers, "content-length": String(Buffer.byteLength(body)) },
      body,
      signal,
    );
  };
}

function send(
  url: URL,
  { address, family }: { address: string; family: number },
  headers: Record<string, string>,
  body: string,
  signal: AbortSignal,
): ReturnType<Post> {
  const request = url.protocol === "https:" ? httpsRequest : httpRequest;
  const pinned = (_host: string, options: { all?: boolean }, done: (...answer: unknown[]) => void) =>
    options.all === true ? done(null, [{ address, family }]) : done(null, address, family);
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: "POST",
      headers,
      signal,
      // A connection of its own: none that was made to another address is used again.
      agent: false,
      lookup: pinned as never,
      maxHeaderSize: 16_384,
    });
    sent.on("error", (error) => reject(signal.aborted ? signal.reason : error));
    sent.on("response", (response) => {
      const status = response.statusCode ?? null;
      const seconds = Number(response.headers["retry-after"] ?? Number.NaN);
      let bytes = 0;
      const done = () => {
        resolve({ status, retryAfterMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : null });
        response.destroy();
      };
      // What it says is of no interest, but that it was said; much of it is not waited for.
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > readMost) done();
      });
      response.on("end", done);
      response.on("error", done);
    });
    sent.end(body);
  });
}

async function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const gone = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  return await Promise.race([work, gone]);
}
