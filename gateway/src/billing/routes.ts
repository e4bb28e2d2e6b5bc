import { ProblemError } from "@pulse/schema/problem";
import * as wire from "@pulse/schema/wire/billing";
import { bind } from "../http/bind.ts";
import type { Deps, PulseApp } from "../http/context.ts";
import { readBytes } from "../http/read-body.ts";
import type { Billing } from "../ports.ts";
import { quotaBookOf } from "../usage/quota-book.ts";
import { createBillingStore } from "./store.ts";
import { takeBillingEvent } from "./webhook.ts";

const eventMostBytes = 2 ** 20;

/** Mounts paying for a plan. Without a provider all of it is `not_found`. */
export function mountBilling(app: PulseApp, deps: Deps): void {
  const { ports } = deps;
  const store = createBillingStore(ports.database);
  const returnUrl = () => `${deps.config.publicUrl}/settings`;

  bind(app, deps, wire.openCheckout, async ({ principal, body, requestId, signal }) => {
    const { project } = principal;
    const billing = billingOf(deps);
    const payer = await store.payer(project);
    const asked = {
      project,
      plan: body.plan,
      customer: payer?.customer ?? null,
      returnUrl: returnUrl(),
      key: `checkout ${project} ${requestId}`,
    };
    return { status: 201, body: { url: await billing.checkout(asked, signal) } };
  });

  bind(app, deps, wire.openPortal, async ({ principal, signal }) => {
    const billing = billingOf(deps);
    const payer = await store.payer(principal.project);
    if (payer === null || payer.customer === null) {
      throw new ProblemError("not_found", "nobody pays for this project yet", {
        hint: "Begin with POST /v1/billing/checkout.",
      });
    }
    return {
      status: 201,
      body: { url: await billing.portal({ customer: payer.customer, returnUrl: returnUrl() }, signal) },
    };
  });

  bind(app, deps, wire.billingWebhook, async ({ request, header, signal }) => {
    const billing = billingOf(deps);
    const body = await readBytes(request, eventMostBytes);
    const told = { body, signature: header("stripe-signature") };
    const { status, project } = await takeBillingEvent(ports, billing, told, signal);
    if (project !== null) {
      quotaBookOf(deps).forget(project);
      ports.background(deps.hub.changed({ project }));
    }
    return { body: { status } };
  });
}

function billingOf({ ports }: Deps): Billing {
  if (ports.billing !== undefined) return ports.billing;
  throw new ProblemError("not_found", "billing is off here: the gateway has no PULSE_STRIPE_KEY");
}
