import { type Client, createClient } from "@pulse/schema/client";
import { askItself } from "../http/ask-itself.ts";
import type { PulseApp } from "../http/context.ts";

/** A client over the gateway's own routes, which asks as the caller of a request. */
export function ownClient(app: PulseApp, request: Request, requestId: string): Client {
  return createClient({
    baseUrl: new URL(request.url).origin,
    async fetch(input, init) {
      return await askItself(app, { request, requestId, isCounted: true }, new Request(input, init));
    },
  });
}
