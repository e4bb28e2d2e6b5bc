import type { EmittingCaller } from "@pulse/schema/tables";
import type { Principal } from "./context.ts";

/** Who somebody is in what they made: `user:ana`, `key:ci`. */
export function actorOf({ kind, name }: Pick<Principal, "kind" | "name">): string {
  return `${kind === "user" ? "user" : "key"}:${name}`;
}

/** What is kept of somebody who makes what goes on without them: what it may do and tell is judged by it. */
export function callerOf({ kind, id, name, userId, scopes, roles, groups = [] }: Principal): EmittingCaller {
  return { kind, id, name, userId, scopes, roles, groups };
}
