import type { Scope } from "@pulse/schema/endpoint";
import { ProblemError } from "@pulse/schema/problem";
import type { Deps, Principal } from "../http/context.ts";
import { behalfOf } from "../http/on-behalf.ts";
import { createRunnerTokens } from "../runners/token.ts";
import { createKeyRing } from "./keys.ts";
import { sameText } from "./passwords/hash.ts";
import { keyInProject } from "./project-choice.ts";
import { checkOrigin, sessionOf } from "./sessions.ts";
import { proxiedPerson } from "./trusted-header/proxied.ts";

/** Nobody in particular. */
export const anonymous: Principal = {
  kind: "anonymous",
  id: "anonymous",
  name: "anonymous",
  project: "default",
  scopes: [],
  roles: [],
  userId: null,
  sessionId: null,
  expiresAt: null,
};

/** Whoever has the metrics token. */
const monitor: Principal = {
  ...anonymous,
  ...{ kind: "key", id: "metrics", name: "metrics token", scopes: ["metrics"] },
};

/** The bearer token of a request, or null; throws `invalid_credential` for another scheme. */
export function bearerOf(request: Request): string | null {
  const text = request.headers.get("authorization");
  if (text === null) return null;
  const match = /^Bearer +([^\s,]+)$/i.exec(text);
  if (match?.[1] === undefined)
    throw new ProblemError("invalid_credential", "Authorization must be: Bearer <API key>");
  return match[1];
}

function isMetricsToken({ config }: Deps, token: string): boolean {
  const { metricsToken } = config;
  return metricsToken !== undefined && sameText(token, metricsToken);
}

/**
 * Who makes a request to an endpoint of this scope. A credential that is sent must be good, except where none is needed.
 * Throws `invalid_credential`, `expired_credential`, `bad_origin`, and `not_found` for a project that the caller may not know.
 */
export async function authenticate(deps: Deps, request: Request, scope: Scope): Promise<Principal> {
  if (scope === "public" || scope === "enrolment") return anonymous;
  const behalf = behalfOf(request);
  if (behalf !== null) return behalf;
  const token = bearerOf(request);
  if (scope === "runner") {
    if (token === null || token.startsWith("pk_"))
      return token === null ? anonymous : createKeyRing(deps.ports).verify(token);
    return createRunnerTokens(deps.ports).verify(token);
  }
  if (scope === "key") {
    // Never by a cookie; and a page of another site that reaches a gateway under its own name is refused whatever it sends.
    const origin = request.headers.get("origin");
    if (origin !== null) checkOrigin(deps.config.publicUrl, origin);
    if (token === null) return anonymous;
  }
  if (scope === "metrics" && token !== null && isMetricsToken(deps, token)) return monitor;
  if (token !== null) {
    return await keyInProject(deps.ports, request, await createKeyRing(deps.ports).verify(token));
  }
  return (await proxiedPerson(deps, request)) ?? (await sessionOf(deps, request)) ?? anonymous;
}
