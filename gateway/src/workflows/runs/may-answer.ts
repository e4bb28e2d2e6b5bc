import { ProblemError } from "@pulse/schema/problem";
import type { Starter } from "@pulse/schema/tables";
import type { ApproversPlan, Plan } from "@pulse/schema/workflow/plan";
import type { Principal } from "../../http/context.ts";
import { isAmong, isPermitted } from "../permissions.ts";

/** Who answers, as a request says it. */
export type Answerer = Pick<Principal, "kind" | "id" | "name" | "userId" | "roles" | "groups"> & {
  scopes?: readonly string[];
};

/**
 * Throws `forbidden` when a prompt or its workflow names who may answer, and somebody is none of them. Where neither does, whoever may
 * run the workflow may answer.
 */
export function requireMayAnswer(
  by: Answerer,
  approvers: ApproversPlan | null,
  { permissions, startedBy }: { permissions: Plan["permissions"]; startedBy: Starter | null },
): void {
  const run = permissions.run ?? undefined;
  const approve = permissions.approve ?? (approvers === null ? run : undefined);
  if (!isPermitted(by, "approve", { approve })) {
    throw new ProblemError("forbidden", "this workflow says who may answer its prompts, and that is not you");
  }
  if (approvers === null) return;
  if (by.kind !== "user") throw new ProblemError("forbidden", "only people may answer this prompt, not keys");
  const { users, groups, allowStarter } = approvers;
  const isNamed =
    (users.length === 0 && groups.length === 0) ||
    users.some((user) => user.replace(/^user:/, "") === by.name) ||
    isAmong(by, groups);
  if (!isNamed) throw new ProblemError("forbidden", "you are not among the approvers of this prompt");
  if (!allowStarter && startedBy !== null && isSame(by, startedBy)) {
    throw new ProblemError("forbidden", "whoever started the execution may not answer this prompt");
  }
}

function isSame(by: Pick<Principal, "id" | "userId">, starter: Starter): boolean {
  return by.userId === null ? by.id === starter.id : by.userId === starter.userId;
}
