import { expect, test } from "vitest";
import * as z from "zod";
import { stripeFields, stripeSettings } from "./billing-settings.ts";

const shape = z.object(stripeFields);
const all = {
  PULSE_STRIPE_KEY: "sk_test_123",
  PULSE_STRIPE_WEBHOOK_SECRET: "whsec_123",
  PULSE_STRIPE_PRICES: "pro=price_1,pro=price_2:metered",
};

test("billing is off without a key, whatever else is there", () => {
  const { PULSE_STRIPE_KEY: _, ...rest } = all;
  expect(stripeSettings(shape.parse(rest))).toEqual({ settings: null, missing: [] });
});

test("a key needs the others", () => {
  const { PULSE_STRIPE_KEY } = all;
  expect(stripeSettings(shape.parse({ PULSE_STRIPE_KEY })).missing).toEqual([
    "PULSE_STRIPE_WEBHOOK_SECRET",
    "PULSE_STRIPE_PRICES",
  ]);
});

test("prices belong to plans, and some of them are metered", () => {
  const { settings } = stripeSettings(shape.parse(all));
  expect(settings?.url).toBe("https://api.stripe.com");
  expect(settings?.prices.get("pro")).toEqual([
    { id: "price_1", isMetered: false },
    { id: "price_2", isMetered: true },
  ]);
});

test.each([
  ["PULSE_STRIPE_KEY", "pk_live_123"],
  ["PULSE_STRIPE_KEY", "sk_live_ 1"],
  ["PULSE_STRIPE_WEBHOOK_SECRET", "123"],
  ["PULSE_STRIPE_PRICES", "pro"],
  ["PULSE_STRIPE_PRICES", "gold=price_1"],
  ["PULSE_STRIPE_PRICES", "pro=price_1;pro=price_2"],
])("%s cannot be %j, and the problem does not show it", (name, value) => {
  const { success, error } = shape.safeParse({ ...all, [name]: value });
  expect(success).toBe(false);
  if (name !== "PULSE_STRIPE_PRICES") expect(error?.message).not.toContain(value);
});
