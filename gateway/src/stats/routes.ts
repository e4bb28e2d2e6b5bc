import * as wire from "@pulse/schema/wire/stats";
import { bind } from "../http/bind.ts";
import type { Deps, PulseApp } from "../http/context.ts";
import { readStats } from "./read.ts";

/** Mounts statistics. */
export function mountStats(app: PulseApp, deps: Deps): void {
  bind(app, deps, wire.getStats, async ({ principal, query }) => ({
    body: await readStats(deps.ports, principal, query),
  }));
}
