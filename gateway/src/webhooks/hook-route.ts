import { ProblemError } from "@pulse/schema/problem";
import { deliver } from "@pulse/schema/wire/deliveries";
import { bodyMost } from "@pulse/schema/wire/webhooks";
import { readDepth } from "../executions/call-options.ts";
import { bind } from "../http/bind.ts";
import type { Deps, PulseApp } from "../http/context.ts";
import { readBytes } from "../http/read-body.ts";
import { callLimitsOf } from "../limits/call-limits.ts";
import { endpointsOf } from "./known-endpoints.ts";
import { take } from "./receive.ts";
import { createWebhookStore } from "./store.ts";
import { unsigned } from "./verify/proof.ts";

/** Badly signed requests of one endpoint that are looked at, a minute: they use up nothing of those that are well signed. */
const refusedPerMinute = 600;

/** Mounts where providers deliver to. An endpoint that is not there answers as one whose secret is another. */
export function mountHook(app: PulseApp, deps: Deps): void {
  const { ports } = deps;
  const store = createWebhookStore(ports.database);

  bind(app, deps, deliver, async ({ params, request, requestId, address, header, traceparent }) => {
    const depth = readDepth(header("pulse-depth"));
    const limits = callLimitsOf(deps);
    const endpoint = await endpointsOf(ports).get(params.id);
    // How much this one takes is told to whoever proves to be its sender.
    const body = await readBytes(request, bodyMost);
    if (endpoint === null) return await limits.refused(address, unsigned());
    const { id, perMinute } = endpoint.hook;
    const sent = { headers: [...request.headers], body, requestId, depth, traceparent };
    const starting = { ports, hub: deps.hub, publicUrl: deps.config.publicUrl };
    const admit = () => limits.attempt(`webhook ${id}`, perMinute);
    try {
      const told = await take(starting, endpoint, sent, admit);
      if (told.kind === "challenge") {
        return new Response(told.challenge, { headers: { "content-type": "text/plain; charset=utf-8" } });
      }
      const { receipt } = told;
      // What answers a command of Slack would be shown to whoever typed it.
      if (endpoint.hook.provider === "slack" && told.isForm) return new Response(null, { status: 200 });
      return { status: receipt.status === "duplicate" ? 200 : 202, body: receipt };
    } catch (error) {
      if (!(error instanceof ProblemError) || error.status !== 401) throw error;
      await limits.attempt(`webhook refused ${id}`, refusedPerMinute);
      ports.background(store.countRefused(id, ports.now()));
      return await limits.refused(address, error);
    }
  });
}
