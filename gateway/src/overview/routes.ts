import * as wire from "@pulse/schema/wire/overview";
import { bind } from "../http/bind.ts";
import type { Deps, PulseApp } from "../http/context.ts";
import { readOverview } from "./read.ts";

/** Mounts the overview. */
export function mountOverview(app: PulseApp, deps: Deps): void {
  bind(app, deps, wire.getOverview, async ({ principal, query }) => ({
    body: await readOverview(deps.ports, principal, query.window),
  }));
}
