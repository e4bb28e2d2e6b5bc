import type { Scope } from "@pulse/schema/endpoint";
import type { ProblemCode } from "@pulse/schema/problem";

/** Who asks, as far as permission is concerned. */
export interface Asker {
  kind: "key" | "session" | "runner" | "anonymous";
  scopes: readonly string[];
}

/** Whether someone may use an endpoint of this scope: true, or why not. Deny by default; only `admin` implies other scopes. */
export function mayUse(asker: Asker, scope: Scope): true | { code: ProblemCode; detail: string } {
  if (scope === "public" || scope === "enrolment") return true;
  if (asker.kind === "anonymous")
    return { code: "unauthenticated", detail: "send an API key: Authorization: Bearer pk_…" };
  if (scope === "runner") {
    return asker.kind === "runner"
      ? true
      : { code: "forbidden", detail: "only runners may use the runner protocol" };
  }
  if (asker.kind === "runner")
    return { code: "forbidden", detail: "a runner's token opens the runner protocol only" };
  if (scope === "session" || asker.scopes.includes("admin") || asker.scopes.includes(scope)) return true;
  return { code: "forbidden", detail: `this needs a key with the scope "${scope}"` };
}

/** Whether someone may call a function by name. `execute` covers every function. */
export function mayInvoke(asker: Asker, name: string): boolean {
  if (asker.kind !== "key" && asker.kind !== "session") return false;
  return ["admin", "execute", "invoke:*", `invoke:${name}`].some((scope) => asker.scopes.includes(scope));
}
