import * as z from "zod";
import { endpoint } from "../endpoint.ts";
import { nameField, timeField } from "./fields.ts";

/** What a plan may limit: in a calendar month (UTC), at once, or in all. */
export const quotaNames = [
  "executions",
  "runSeconds",
  "gbSeconds",
  "bytesOut",
  "concurrentExecutions",
  "functions",
  "storageBytes",
] as const;
export type QuotaName = (typeof quotaNames)[number];

/** The quotas of a plan; what is absent is not limited. */
export type Quotas = { readonly [name in QuotaName]?: number | undefined };

/** Quotas that begin anew each month. */
export const monthlyQuotas = ["executions", "runSeconds", "gbSeconds", "bytesOut"] as const;

export const planNames = ["free", "pro", "custom"] as const;
export type PlanName = (typeof planNames)[number];

/** The plans that are the same for everyone. A project without a plan has no quotas at all. */
export const standingPlans = {
  free: {
    executions: 100_000,
    gbSeconds: 40_000,
    bytesOut: 10 * 2 ** 30,
    concurrentExecutions: 10,
    functions: 20,
    storageBytes: 2 ** 30,
  },
  pro: {
    executions: 10_000_000,
    gbSeconds: 4_000_000,
    bytesOut: 2 ** 40,
    concurrentExecutions: 200,
    functions: 1000,
    storageBytes: 100 * 2 ** 30,
  },
} as const satisfies Record<Exclude<PlanName, "custom">, Quotas>;

const quotaFields = Object.fromEntries(
  quotaNames.map((name) => [name, z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional()]),
) as Record<QuotaName, z.ZodOptional<z.ZodNumber>>;

/** What one key may use: in a calendar month (UTC), and at once. */
export const keyQuotas = z
  .strictObject(quotaFields)
  .omit({ functions: true, storageBytes: true })
  .meta({ description: "What a key may use" });
export type KeyQuotas = z.output<typeof keyQuotas>;

const quotaView = z.object({
  quota: z.enum(quotaNames),
  used: z.number(),
  most: z.number(),
  /** When it begins anew; null: it does not. */
  resetAt: timeField.nullable(),
});

export const quotaNotice = z.object({
  quota: z.enum(quotaNames),
  percent: z.number().int(),
  used: z.number(),
  most: z.number(),
  at: timeField,
});
export type QuotaNotice = z.output<typeof quotaNotice>;

export const planView = z.object({
  project: nameField,
  /** Null: none, hence no quotas. */
  plan: z.enum(planNames).nullable(),
  quotas: z.array(quotaView),
  /** What was said about quotas that are used up or nearly so, in this month. */
  notices: z.array(quotaNotice),
  /** How the subscription stands; null: the plan is not paid for here. */
  billing: z.string().nullable(),
});
export type PlanView = z.output<typeof planView>;

export const getPlan = endpoint({
  method: "GET",
  path: "/v1/plan",
  tag: "usage",
  summary: "The project's plan, and how much of each quota is used",
  scope: "read",
  answer: planView,
  statuses: [200],
});

export const setPlan = endpoint({
  method: "PUT",
  path: "/v1/plan",
  tag: "usage",
  summary: "Sets the project's plan; a custom one comes with its quotas, null takes the plan away",
  scope: "gateway",
  audit: { action: "plan.set", body: ["plan", "quotas"] },
  body: z
    .strictObject({
      plan: z.enum(planNames).nullable(),
      quotas: z.strictObject(quotaFields).optional(),
    })
    .refine(({ plan, quotas }) => (plan === "custom") === (quotas !== undefined), {
      path: ["quotas"],
      message: "quotas belong to the custom plan, which needs them",
    }),
  answer: planView,
  statuses: [200],
});
