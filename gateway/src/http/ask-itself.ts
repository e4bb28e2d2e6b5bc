import { peerOf } from "./caller.ts";
import type { PulseApp } from "./context.ts";
import { sentByItself } from "./own-request.ts";

/** What is about one request's body or its answer, and not about who asks. */
const ofTheRequest = [
  ...["accept", "accept-encoding", "content-digest", "content-encoding", "content-length", "content-type"],
  ...["if-match", "if-none-match", "range", "transfer-encoding"],
];

/** For whom the gateway asks itself. */
export interface AskedFor {
  request: Request;
  requestId: string;
  /** It was counted when it came, and is not counted again. */
  isCounted: boolean;
  /** Headers of `request` that are not passed on. */
  without?: readonly string[];
}

/** The gateway's own answer to a request with the credential, from the origin and from the address of another: nothing is allowed so that its caller is not. */
export async function askItself(
  app: PulseApp,
  { request, requestId, isCounted, without = [] }: AskedFor,
  asked: Request,
): Promise<Response> {
  const headers = new Headers(request.headers);
  for (const name of [...ofTheRequest, ...without]) headers.delete(name);
  for (const [name, value] of asked.headers) headers.set(name, value);
  headers.set("x-request-id", requestId);
  const own = new Request(asked, { headers });
  const peer = { incoming: { socket: { remoteAddress: peerOf(request) } } };
  return await app.fetch(isCounted ? sentByItself(own) : own, peer);
}
