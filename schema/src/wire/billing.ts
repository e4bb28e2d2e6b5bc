import * as z from "zod";
import { endpoint } from "../endpoint.ts";

const page = z.object({
  /** Where the browser goes next: a page of the provider's. */
  url: z.string(),
});

export const openCheckout = endpoint({
  method: "POST",
  path: "/v1/billing/checkout",
  tag: "usage",
  summary:
    "Begins to pay for a plan: answers with the address of the provider's page; 404 where billing is off",
  scope: "admin",
  audit: { action: "billing.checkout", body: ["plan"] },
  body: z.strictObject({ plan: z.enum(["pro"]) }),
  answer: page,
  statuses: [201],
});

export const openPortal = endpoint({
  method: "POST",
  path: "/v1/billing/portal",
  tag: "usage",
  summary:
    "Opens the page where the subscription is changed or ended and invoices are; 404 where billing is off",
  scope: "admin",
  audit: { action: "billing.portal" },
  answer: page,
  statuses: [201],
});

export const billingWebhook = endpoint({
  method: "POST",
  path: "/v1/billing/webhook",
  tag: "usage",
  summary: "What Stripe tells, signed; 404 where billing is off",
  scope: "public",
  audit: { exempt: "what the provider told is kept in a table of its own, and only with its signature" },
  rawBody: ["application/json"],
  answer: z.object({ status: z.enum(["applied", "duplicate", "ignored"]) }),
  statuses: [200],
});
