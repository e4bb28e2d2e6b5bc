import type { ObjectNamespace } from "./bindings.ts";
import { originHeader } from "./known-origin.ts";
import { nameHeader } from "./object-name.ts";

/** Sends requests to the object of this name, and tells it the origin that they came for. A stub belongs to the request it was made in, so there is one for each call. */
export function senderTo(
  hub: ObjectNamespace,
  name: string,
  origin: string | null = null,
): (request: Request) => Promise<Response> {
  return (request) => {
    request.headers.set(nameHeader, name);
    if (origin !== null) request.headers.set(originHeader, origin);
    return hub.get(hub.idFromName(name)).fetch(request);
  };
}
