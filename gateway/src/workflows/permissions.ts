import { ProblemError } from "@pulse/schema/problem";
import { type Role, roleField, roles } from "@pulse/schema/roles";
import type { WorkflowPermissions } from "@pulse/schema/tables";
import type { Principal } from "../http/context.ts";

/** Whoever asks, as far as the permissions of a workflow are concerned. */
export type WorkflowAsker = Pick<Principal, "kind" | "name" | "roles" | "groups"> & {
  scopes?: readonly string[];
};

/**
 * Whether a list of a workflow names somebody: `user:ana`, `key:ci`, `role:operator` (and stronger roles), `group:dba` (a group of
 * the identity provider, or a role of that name).
 */
export function isAmong(by: WorkflowAsker, entries: readonly string[]): boolean {
  return entries.some((entry) => {
    const [, kind = "group", name = entry] = /^(user|key|role|group):(.*)$/.exec(entry) ?? [];
    if (kind === "user") return by.kind === "user" && by.name === name;
    if (kind === "key") return (by.kind === "key" || by.kind === "session") && by.name === name;
    if (by.kind !== "user") return false;
    return (kind === "group" && by.groups?.includes(name) === true) || hasRole(by.roles, name);
  });
}

/** A stronger role counts as each that is weaker. */
function hasRole(has: readonly Role[], name: string): boolean {
  const least = roleField.safeParse(name);
  return least.success && has.some((role) => roles.indexOf(role) >= roles.indexOf(least.data));
}

/** Whom no permissions of a workflow bind. */
export function isAdmin({ scopes }: Pick<WorkflowAsker, "scopes">): boolean {
  return scopes?.some((scope) => scope === "admin" || scope === "gateway") === true;
}

/** Whether a workflow's permissions let somebody do something whose role or scope allows it. They only narrow, and never for admins. */
export function isPermitted(
  by: WorkflowAsker,
  what: keyof WorkflowPermissions,
  permissions: WorkflowPermissions | null,
): boolean {
  const entries = permissions?.[what];
  return isAdmin(by) || entries === undefined || isAmong(by, entries);
}

/** A workflow that may not be viewed is not there. Throws `not_found`. */
export function requireView(
  by: WorkflowAsker,
  { name, permissions }: { name: string; permissions: WorkflowPermissions | null },
): void {
  if (isPermitted(by, "view", permissions)) return;
  throw new ProblemError("not_found", `there is no workflow "${name}"`);
}

/** Throws `forbidden` when a workflow says who may run or edit it, and somebody is none of them. */
export function requirePermitted(
  by: WorkflowAsker,
  what: "run" | "edit",
  { name, permissions }: { name: string; permissions: WorkflowPermissions | null },
): void {
  if (isPermitted(by, what, permissions)) return;
  throw new ProblemError("forbidden", `the workflow "${name}" says who may ${what} it, and that is not you`);
}

/**
 * Throws `forbidden` when the name under which somebody saves is that of a workflow which they may not edit. One that they may not view is refused in the same
 * words: that they cannot have the name has to be said, and nothing else is.
 */
export function requireMaySave(
  by: WorkflowAsker,
  { name, permissions }: { name: string; permissions: WorkflowPermissions | null },
): void {
  if (isPermitted(by, "view", permissions) && isPermitted(by, "edit", permissions)) return;
  throw new ProblemError("forbidden", `the name "${name}" is not yours to save a workflow under`, {
    hint: "Choose another name, or ask whoever administers the project.",
  });
}
