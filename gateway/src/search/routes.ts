import * as wire from "@pulse/schema/wire/search";
import { bind } from "../http/bind.ts";
import type { Deps, PulseApp } from "../http/context.ts";
import { find } from "./find.ts";

/** Mounts finding by name and id. */
export function mountSearch(app: PulseApp, deps: Deps): void {
  bind(app, deps, wire.find, async ({ principal, query }) => ({
    body: { items: await find(deps.ports, principal, query) },
  }));
}
