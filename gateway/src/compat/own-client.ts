import { type Client, createClient } from "@pulse/schema/client";
import { peerOf } from "../http/caller.ts";
import type { PulseApp } from "../http/context.ts";
import { sentByItself } from "../http/own-request.ts";

/** What is about one request's body or its answer, and not about who asks. */
const ofTheRequest = [
  ...["accept", "accept-encoding", "content-encoding", "content-length", "content-type"],
  ...["if-match", "if-none-match", "range", "transfer-encoding"],
];

/**
 * A client over the gateway's own routes, which asks with the credential, from the origin and from the address of a request: nothing is allowed
 * through it that its caller is not.
 */
export function ownClient(app: PulseApp, request: Request, requestId: string): Client {
  return createClient({
    baseUrl: new URL(request.url).origin,
    async fetch(input, init) {
      const asked = new Request(input, init);
      const headers = new Headers(request.headers);
      for (const name of ofTheRequest) headers.delete(name);
      for (const [name, value] of asked.headers) headers.set(name, value);
      headers.set("x-request-id", requestId);
      const peer = { incoming: { socket: { remoteAddress: peerOf(request) } } };
      return await app.fetch(sentByItself(new Request(asked, { headers })), peer);
    },
  });
}
