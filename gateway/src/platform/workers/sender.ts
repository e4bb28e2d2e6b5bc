import type { ObjectNamespace } from "./bindings.ts";
import { nameHeader } from "./object-name.ts";

/** Sends requests to the object of this name. A stub belongs to the request it was made in, so there is one for each call. */
export function senderTo(hub: ObjectNamespace, name: string): (request: Request) => Promise<Response> {
  return (request) => {
    request.headers.set(nameHeader, name);
    return hub.get(hub.idFromName(name)).fetch(request);
  };
}
