import { ProblemError } from "@pulse/schema/problem";
import { type Action, type Asker, may, type Resource } from "../auth/may.ts";

/** Throws the problem that keeps somebody out, if any. */
export function requireMay(asker: Asker, action: Action, resource: Resource): void {
  const allowed = may(asker, action, resource);
  if (allowed !== true) throw new ProblemError(allowed.code, allowed.detail);
}
