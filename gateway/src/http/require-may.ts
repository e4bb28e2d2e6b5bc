import { ProblemError } from "@pulse/schema/problem";
import { type Action, type Asker, may, type Resource } from "../auth/may.ts";

/** Throws the problem that keeps somebody out, if any. */
export function requireMay(asker: Asker, action: Action, resource: Resource): void {
  const allowed = may(asker, action, resource);
  if (allowed !== true) throw new ProblemError(allowed.code, allowed.detail);
}

/** Whether somebody may do something, where not being allowed is no problem. */
export function mayDo(asker: Asker, action: Action, resource: Resource): boolean {
  return may(asker, action, resource) === true;
}
