import type { EmittingCaller } from "@pulse/schema/tables";
import type { Principal } from "./context.ts";

/** Who somebody is in what they made: `user:ana`, `key:ci`. */
export function actorOf({ kind, name }: Pick<Principal, "kind" | "name">): string {
  return `${kind === "user" ? "user" : "key"}:${name}`;
}

/** Who answers a question: a person by name, as approvers are named; a key so that it is taken for no person of its name. */
export function answererOf(by: Pick<Principal, "kind" | "name">): string {
  return by.kind === "user" ? by.name : actorOf(by);
}

/** What is kept of somebody who makes what goes on without them: what it may do and tell is judged by it. */
export function callerOf({ kind, id, name, userId, scopes, roles, groups = [] }: Principal): EmittingCaller {
  return { kind, id, name, userId, scopes, roles, groups };
}
