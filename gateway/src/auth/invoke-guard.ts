import { ProblemError } from "@pulse/schema/problem";
import type { EndpointSettings } from "@pulse/schema/wire/manifest";
import type { Deps, Principal } from "../http/context.ts";
import { requireMay } from "../http/require-may.ts";
import { anonymous, bearerOf } from "./guard.ts";
import { createKeyRing } from "./keys.ts";
import type { Permissions } from "./may.ts";

/**
 * Who calls a function. Public ones take anyone, and an `Authorization` header then belongs to the function unless it is one of our keys.
 * Private ones need a key for them; the session cookie never counts here. Throws `unauthenticated`, `invalid_credential`, and
 * `not_found` for a key that may not know the function.
 */
export async function authorizeInvoke(
  deps: Deps,
  request: Request,
  called: { project: string; name: string; permissions?: Permissions | null | undefined },
  endpoint: Pick<EndpointSettings, "auth">,
): Promise<Principal> {
  const isPublic = endpoint.auth === "public";
  if (isPublic && !/^Bearer +pk_/i.test(request.headers.get("authorization") ?? "")) return anonymous;
  const token = bearerOf(request);
  if (token === null) {
    throw new ProblemError(
      "unauthenticated",
      `"${called.name}" is private: send an API key, Authorization: Bearer pk_…`,
    );
  }
  const principal = await createKeyRing(deps.ports).verify(token);
  if (isPublic) return principal;
  requireMay(principal, "invoke", called);
  return principal;
}
