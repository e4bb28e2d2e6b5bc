import type { StripeSettings } from "@pulse/schema/billing-settings";
import { ProblemError } from "@pulse/schema/problem";
import * as z from "zod";
import type { Billing, BillingEvent, Ports, Subscription } from "../ports.ts";
import { checkStripeSignature } from "./stripe-signature.ts";

/** The version of Stripe's API whose shapes are read here. */
const apiVersion = "2024-06-20";
const attemptsMost = 3;
const firstPauseMs = 500;
const answerMs = 20_000;

const event = z.object({
  id: z.string().regex(/^evt_\w{1,250}$/),
  type: z.string().max(200),
  data: z.object({
    object: z.object({
      id: z.string().optional(),
      object: z.string().optional(),
      subscription: z.unknown().optional(),
    }),
  }),
});
const subscriptionShape = z.object({
  id: z.string(),
  status: z.string(),
  customer: z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]),
  metadata: z.record(z.string(), z.string()).default({}),
  items: z.object({ data: z.array(z.object({ price: z.object({ id: z.string() }) })) }),
});
const page = z.object({ url: z.string() });

type Form = readonly (readonly [string, string])[];

/** The states in which a subscription gives what it pays for: one whose payment failed is tried again by Stripe for a while. */
const paid: ReadonlySet<string> = new Set(["active", "trialing", "past_due"]);

/** Billing with Stripe, over its HTTP API. Keys and secrets are sent in headers only, and are in no message. */
export function createStripe(
  settings: StripeSettings,
  options: { timer: Ports["timer"]; answerMs?: number },
): Billing {
  const waitMs = options.answerMs ?? answerMs;
  const pause = (ms: number) => new Promise<void>((resolve) => void options.timer(ms, resolve));

  async function once(
    method: string,
    path: string,
    form: Form,
    key: string | null,
    signal: AbortSignal,
  ): Promise<Response> {
    const headers: Record<string, string> = {
      authorization: `Bearer ${settings.key}`,
      "stripe-version": apiVersion,
      ...(key === null ? {} : { "idempotency-key": key }),
      ...(method === "POST" ? { "content-type": "application/x-www-form-urlencoded" } : {}),
    };
    const body = method === "POST" ? new URLSearchParams(form.map(([name, value]) => [name, value])) : null;
    const both = AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
    return await fetch(settings.url + path, { method, headers, body, redirect: "manual", signal: both });
  }

  /** Sends until there is an answer; what is sent again has the same key, so that it is done once. */
  async function send(
    method: "GET" | "POST",
    path: string,
    form: Form,
    key: string | null,
    signal: AbortSignal,
  ): Promise<{ status: number; body: unknown }> {
    for (let attempt = 1; ; attempt++) {
      let seen = "it did not answer";
      try {
        const response = await once(method, path, form, key, signal);
        const { status } = response;
        const isFinal = status < 500 && status !== 429 && status !== 409;
        if (isFinal && status !== 0) return { status, body: await response.json() };
        await response.body?.cancel();
        seen = `it answered ${status}`;
      } catch (cause) {
        signal.throwIfAborted();
        if (attempt === attemptsMost) throw unavailable(seen, cause);
      }
      if (attempt === attemptsMost) throw unavailable(seen);
      await pause(firstPauseMs * 2 ** (attempt - 1));
      signal.throwIfAborted();
    }
  }

  async function asked<T>(
    shape: z.ZodType<T>,
    ...call: Parameters<typeof send>
  ): Promise<T | { refused: number; message: string }> {
    const { status, body } = await send(...call);
    if (status < 200 || status >= 300) return { refused: status, message: messageOf(body) };
    const read = shape.safeParse(body);
    if (!read.success) throw unavailable("its answer could not be read", read.error);
    return read.data;
  }

  async function pageAt(path: string, form: Form, key: string | null, signal: AbortSignal): Promise<string> {
    const answer = await asked(page, "POST", path, form, key, signal);
    if ("refused" in answer) throw refusal(answer);
    return answer.url;
  }

  return {
    checkout({ project, plan, customer, returnUrl, key }, signal) {
      const prices = settings.prices.get(plan) ?? [];
      if (prices.length === 0) throw new ProblemError("not_found", `the plan ${plan} is not for sale here`);
      const lines = prices.flatMap(({ id, isMetered }, i): [string, string][] => [
        [`line_items[${i}][price]`, id],
        // Of a metered price there is no quantity: what is reported is what counts.
        ...(isMetered ? [] : [[`line_items[${i}][quantity]`, "1"] as [string, string]]),
      ]);
      const form: Form = [
        ["mode", "subscription"],
        ["success_url", `${returnUrl}?billing=done`],
        ["cancel_url", `${returnUrl}?billing=left`],
        ["client_reference_id", project],
        ["subscription_data[metadata][project]", project],
        ...(customer === null ? [] : [["customer", customer] as const]),
        ...lines,
      ];
      return pageAt("/v1/checkout/sessions", form, key, signal);
    },
    portal: ({ customer, returnUrl }, signal) =>
      pageAt(
        "/v1/billing_portal/sessions",
        [
          ["customer", customer],
          ["return_url", returnUrl],
        ],
        null,
        signal,
      ),
    async subscription(id, signal) {
      const path = `/v1/subscriptions/${encodeURIComponent(id)}`;
      const answer = await asked(subscriptionShape, "GET", path, [], null, signal);
      if ("refused" in answer) {
        if (answer.refused === 404) return null;
        throw refusal(answer);
      }
      return subscriptionOf(answer, settings);
    },
    async report({ identifier, customer, metric, value, at }, signal) {
      const form: Form = [
        ["event_name", `pulse_${metric}`],
        ["identifier", identifier],
        ["timestamp", String(Math.floor(at / 1000))],
        ["payload[stripe_customer_id]", customer],
        ["payload[value]", String(value)],
      ];
      const answer = await asked(z.unknown(), "POST", "/v1/billing/meter_events", form, identifier, signal);
      if (!isRefused(answer)) return;
      // It arrived before, and the answer to that was lost.
      if (/already exists with identifier/i.test(answer.message)) return;
      throw refusal(answer);
    },
    async read(body, header, now): Promise<BillingEvent> {
      await checkStripeSignature(body, header, settings.webhookSecret, now);
      const read = event.safeParse(parsed(body));
      if (!read.success) throw new ProblemError("bad_request", "this is no event of Stripe's");
      const { id, type, data } = read.data;
      const { object } = data;
      const isSubscription = type.startsWith("customer.subscription.");
      const named = isSubscription ? object.id : object.subscription;
      const concerns = isSubscription || type.startsWith("checkout.session.") || type.startsWith("invoice.");
      const subscription =
        concerns && typeof named === "string" && /^sub_\w{1,250}$/.test(named) ? named : null;
      return { id, type, subscription };
    },
  };
}

function subscriptionOf(given: z.output<typeof subscriptionShape>, { prices }: StripeSettings): Subscription {
  const { id, status, customer, metadata, items } = given;
  const bought = new Set(items.data.map(({ price }) => price.id));
  const plans = (["pro", "free"] as const).filter((plan) =>
    prices.get(plan)?.some((price) => bought.has(price.id)),
  );
  const [plan] = plans;
  const isOurs = plan !== undefined;
  return {
    id,
    customer,
    status,
    project: isOurs ? (metadata.project ?? null) : null,
    // What was begun and never paid changes nothing.
    plan: !isOurs || status.startsWith("incomplete") ? null : paid.has(status) ? plan : "free",
  };
}

function isRefused(answer: unknown): answer is { refused: number; message: string } {
  return typeof answer === "object" && answer !== null && "refused" in answer;
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    // It is signed and no JSON: read like any other shape that is none of ours.
    return null;
  }
}

function messageOf(body: unknown): string {
  const read = z.object({ error: z.object({ message: z.string() }) }).safeParse(body);
  return read.success ? read.data.error.message.slice(0, 300) : "it gave no reason";
}

function refusal({ refused, message }: { refused: number; message: string }): ProblemError {
  return new ProblemError("conflict", `the provider of the billing refused with ${refused}: ${message}`);
}

function unavailable(seen: string, cause?: unknown): ProblemError {
  return new ProblemError("unavailable", `the provider of the billing cannot be used now: ${seen}`, {
    retryAfter: 60,
    ...(cause === undefined ? {} : { cause }),
  });
}
