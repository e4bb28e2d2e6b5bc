import type { Scope } from "@pulse/schema/endpoint";
import type { ProblemCode } from "@pulse/schema/problem";
import { type Role, roles } from "@pulse/schema/roles";

/** Who asks, as far as permission is concerned. */
export interface Asker {
  kind: "key" | "session" | "user" | "runner" | "anonymous";
  name: string;
  project: string;
  scopes: readonly string[];
  roles: readonly Role[];
}

/** What is to be done: the scope that an endpoint asks for, or a call of a function. */
export type Action = Scope | "invoke";

/** Who may do something with one function or workflow: `role:operator` (and stronger roles), `user:ana`, `key:ci`. */
export interface Permissions {
  execute?: readonly string[] | undefined;
  deploy?: readonly string[] | undefined;
}

/** What it is done to. */
export interface Resource {
  project: string;
  /** A function's or workflow's name. */
  name?: string;
  /** Absent: whoever may do it in the project may do it here. */
  permissions?: Permissions | null | undefined;
}

/** Why not. */
export interface Refusal {
  code: ProblemCode;
  detail: string;
}

/**
 * Whether someone may do something to something: true, or why not. Deny by default. In the project the scopes decide: `admin` implies the others,
 * `gateway` implies `admin` and `metrics`. Permissions of the thing itself only narrow that, and never for admins.
 */
export function may(asker: Asker, action: Action, resource: Resource): true | Refusal {
  if (action === "public" || action === "enrolment") return true;
  if (asker.kind === "anonymous")
    return { code: "unauthenticated", detail: "send an API key: Authorization: Bearer pk_…" };
  if (action === "runner") {
    return asker.kind === "runner"
      ? true
      : { code: "forbidden", detail: "only runners may use the runner protocol" };
  }
  if (asker.kind === "runner")
    return { code: "forbidden", detail: "a runner's token opens the runner protocol only" };
  if (action === "session" || action === "key") return true;
  if (asker.project !== resource.project) return unknown(resource);
  if (has(asker, "gateway") || (!isOfGateway(action) && has(asker, "admin"))) return true;
  if (action === "invoke") return mayInvoke(asker, resource) ? true : unknown(resource);
  if (!has(asker, action)) {
    const needed =
      asker.kind === "user" ? `a role with "${action}" here` : `a key with the scope "${action}"`;
    return { code: "forbidden", detail: `this needs ${needed}` };
  }
  if (action !== "execute" && action !== "deploy") return true;
  if (isNamed(asker, resource.permissions?.[action])) return true;
  return {
    code: "forbidden",
    detail: `"${resource.name ?? ""}" says who may ${action} it, and that is not you`,
  };
}

/** `execute` and `invoke:*` cover every function whose permissions do not say otherwise; `invoke:<name>` covers that one. */
function mayInvoke(asker: Asker, { name = "", permissions }: Resource): boolean {
  if (asker.kind === "key" && has(asker, `invoke:${name}`)) return true;
  return (
    (has(asker, "execute") || (asker.kind !== "user" && has(asker, "invoke:*"))) &&
    isNamed(asker, permissions?.execute)
  );
}

const isOfGateway = (action: Action) => action === "gateway" || action === "metrics";

const has = ({ scopes }: Asker, scope: string) => scopes.includes(scope);

function isNamed(asker: Asker, granted: readonly string[] | undefined): boolean {
  if (granted === undefined) return true;
  if (granted.includes(`${asker.kind === "user" ? "user" : "key"}:${asker.name}`)) return true;
  const rank = Math.max(-1, ...asker.roles.map((role) => roles.indexOf(role)));
  const namesRole = (role: Role) =>
    granted.includes(`role:${role}`) || (role === "operator" && granted.includes("role:employee"));
  return roles.some((role, at) => at <= rank && namesRole(role));
}

/** Whoever may not know a thing hears that it is not there. */
function unknown({ name }: Resource): Refusal {
  return { code: "not_found", detail: `there is no function "${name ?? ""}" that this key may call` };
}
