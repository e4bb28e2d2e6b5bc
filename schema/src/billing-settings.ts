import * as z from "zod";

/** How the gateway bills: with Stripe. */
export interface StripeSettings {
  key: string;
  webhookSecret: string;
  /** The prices of each plan that is for sale: fixed ones, and metered ones. */
  prices: ReadonlyMap<string, readonly { id: string; isMetered: boolean }[]>;
  /** Where Stripe is. */
  url: string;
}

/** The settings of billing in the environment: all together, or none. */
export const stripeFields = {
  PULSE_STRIPE_KEY: z
    .string()
    .regex(/^(sk|rk)_(test|live)_[A-Za-z0-9]{1,250}$/, "must be a secret or restricted key of Stripe")
    .optional(),
  PULSE_STRIPE_WEBHOOK_SECRET: z
    .string()
    .regex(/^whsec_[A-Za-z0-9_+/=]{1,250}$/, "must be the signing secret of a webhook endpoint of Stripe")
    .optional(),
  PULSE_STRIPE_PRICES: z
    .string()
    .regex(
      /^(pro|free)=price_\w{1,250}(:metered)?(,(pro|free)=price_\w{1,250}(:metered)?)*$/,
      "must be prices of plans, such as pro=price_123,pro=price_456:metered",
    )
    .optional(),
  PULSE_STRIPE_URL: z.url({ protocol: /^https?$/ }).default("https://api.stripe.com"),
};

type Given = z.output<z.ZodObject<typeof stripeFields>>;

/** The settings of billing; null: it is off, for there is no key. `missing` are the settings that a key needs and that are not there. */
export function stripeSettings(given: Given): { settings: StripeSettings | null; missing: string[] } {
  const { PULSE_STRIPE_KEY: key, PULSE_STRIPE_WEBHOOK_SECRET: secret, PULSE_STRIPE_PRICES: text } = given;
  if (key === undefined) return { settings: null, missing: [] };
  if (secret === undefined || text === undefined) {
    const missing = [
      ...(secret === undefined ? ["PULSE_STRIPE_WEBHOOK_SECRET"] : []),
      ...(text === undefined ? ["PULSE_STRIPE_PRICES"] : []),
    ];
    return { settings: null, missing };
  }
  const prices = new Map<string, { id: string; isMetered: boolean }[]>();
  for (const one of text.split(",")) {
    const [plan = "", price = ""] = one.split("=");
    const [id = "", metered] = price.split(":");
    prices.set(plan, [...(prices.get(plan) ?? []), { id, isMetered: metered !== undefined }]);
  }
  return {
    settings: { key, webhookSecret: secret, prices, url: given.PULSE_STRIPE_URL.replace(/\/+$/, "") },
    missing: [],
  };
}
