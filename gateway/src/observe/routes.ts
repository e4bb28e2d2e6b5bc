import * as wire from "@pulse/schema/wire/observe";
import { bind } from "../http/bind.ts";
import type { Deps, PulseApp } from "../http/context.ts";
import { wantsOf } from "./desired.ts";
import { exposition, expositionType } from "./exposition.ts";
import { familiesOf } from "./families.ts";
import { type Known, look, lookAtPools } from "./look.ts";

const fresh = { "cache-control": "no-store" };

/** Mounts what monitors and autoscalers read. */
export function mountObserve(app: PulseApp, deps: Deps, known: Known): void {
  bind(app, deps, wire.getMetrics, async () => {
    const text = exposition(familiesOf(await look(deps, known)));
    return new Response(text, { headers: { ...fresh, "content-type": expositionType } });
  });
  bind(app, deps, wire.getScaling, async ({ query }) => {
    const seen = await lookAtPools(deps);
    const isWhole = seen.isWhole && seen.silent === 0;
    const body = { at: new Date(seen.now).toISOString(), pools: wantsOf(seen, query), isWhole };
    return { headers: fresh, body };
  });
}
