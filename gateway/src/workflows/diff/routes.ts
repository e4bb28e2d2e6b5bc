import * as wire from "@pulse/schema/wire/execution-diff";
import { bind } from "../../http/bind.ts";
import type { Deps, PulseApp } from "../../http/context.ts";
import { diffExecutions } from "./diff-executions.ts";

/** Mounts the comparison of two executions. */
export function mountExecutionDiff(app: PulseApp, deps: Deps): void {
  bind(app, deps, wire.diffExecutions, async ({ principal, params }) => {
    const ids = { before: params.id, after: params.other };
    return { body: await diffExecutions(deps, principal, ids) };
  });
}
