import type { Principal } from "./context.ts";

/** Who somebody is in what they made: `user:ana`, `key:ci`. */
export function actorOf({ kind, name }: Pick<Principal, "kind" | "name">): string {
  return `${kind === "user" ? "user" : "key"}:${name}`;
}
