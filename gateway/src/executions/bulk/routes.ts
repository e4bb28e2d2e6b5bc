import { bulkExecutions } from "@pulse/schema/wire/bulk";
import type { ExecutionView } from "@pulse/schema/wire/executions";
import { createResolver } from "../../functions/resolve.ts";
import { bind } from "../../http/bind.ts";
import type { Deps, PulseApp } from "../../http/context.ts";
import { readDepth, readIdempotencyKey } from "../call-options.ts";
import { requireMayExecute } from "../may-execute.ts";
import { replay } from "../replay.ts";
import { type Again, actOnMany } from "./act.ts";

/** Mounts what is done to many executions at once. */
export function mountBulk(app: PulseApp, deps: Deps): void {
  const { resolve } = createResolver(deps);
  bind(app, deps, bulkExecutions, async ({ principal, body, header, signal }) => {
    const key = readIdempotencyKey(header("idempotency-key"));
    const calls = readDepth(header("pulse-depth"));
    const again: Again = (id, named) => replay(deps, resolve, principal, id, {}, { ...named, calls }, signal);
    const check = (one: ExecutionView) => requireMayExecute(deps, principal, one);
    return { body: await actOnMany(deps, principal, { ...body, key, check }, again, signal) };
  });
}
