import type { Principal, PulseApp } from "./context.ts";
import { sentByItself } from "./own-request.ts";

/** Requests that the gateway sends to itself for what works without a credential. Nothing that comes from outside is one. */
const principals = new WeakMap<Request, Principal>();

/** For whom the gateway sends this to itself; null: somebody else sends it. */
export function behalfOf(request: Request): Principal | null {
  return principals.get(request) ?? null;
}

/** The gateway's own answer to a request of somebody who has no credential: authorised and audited by what this one may, and counted nowhere. */
export async function askFor(app: PulseApp, principal: Principal, asked: Request): Promise<Response> {
  principals.set(asked, principal);
  return await app.fetch(sentByItself(asked));
}
