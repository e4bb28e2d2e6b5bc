import { ProblemError } from "@pulse/schema/problem";
import { type Role, roleField, roles } from "@pulse/schema/roles";
import type { Starter } from "@pulse/schema/tables";
import type { ApproversPlan } from "@pulse/schema/workflow/plan";
import type { Principal } from "../../http/context.ts";

/** Throws `forbidden` when a prompt names who may answer, and somebody is none of them. Without names, whoever may execute may. */
export function requireMayAnswer(
  by: Pick<Principal, "kind" | "id" | "name" | "userId" | "roles">,
  approvers: ApproversPlan | null,
  startedBy: Starter | null,
): void {
  if (approvers === null) return;
  if (by.kind !== "user") throw new ProblemError("forbidden", "only people may answer this prompt, not keys");
  const { users, groups, allowStarter } = approvers;
  const isNamed =
    (users.length === 0 && groups.length === 0) ||
    users.includes(by.name) ||
    groups.some((group) => isMember(by.roles, group));
  if (!isNamed) throw new ProblemError("forbidden", "you are not among the approvers of this prompt");
  if (!allowStarter && startedBy !== null && isSame(by, startedBy)) {
    throw new ProblemError("forbidden", "whoever started the execution may not answer this prompt");
  }
}

function isSame(by: Pick<Principal, "id" | "userId">, starter: Starter): boolean {
  return by.userId === null ? by.id === starter.id : by.userId === starter.userId;
}

/** A stronger role counts as each that is weaker. */
function isMember(has: readonly Role[], group: string): boolean {
  const name = group.replace(/^(group|role):/, "");
  const least = roleField.safeParse(name);
  return least.success && has.some((role) => roles.indexOf(role) >= roles.indexOf(least.data));
}
