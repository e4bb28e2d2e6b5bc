import * as z from "zod";

const whole = z.int32();
const positive = z.int32().min(1);
/** A list of texts. */
export const strings = z.array(z.string());
/** An object with any values. */
export const anyObject = z.record(z.string(), z.unknown());

/** A whole value that is one template: `${{ … }}`. */
export const templateField = z.string().regex(/^\$\{\{.+\}\}$/, "must be one template");

/** Milliseconds, or text such as `20m` and `1h30m`, or a template that gives one of them. */
export const timespanField = z.union(
  [z.int().min(0), z.string().regex(/^(\d+(ms|s|m|h|d))+$/), templateField],
  { error: 'must be milliseconds, a duration such as "20m" or "1h30m", or a template' },
);

const percent = z.string().regex(/^\d{1,3}%$/);
const amountField = (least: number) =>
  z.union([z.int32().min(least), percent], {
    error: `must be a number of at least ${least} or a percentage such as "25%"`,
  });

/** Environment variables of a step: names to text, numbers or booleans; text may hold templates. */
export const envField = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean()], { error: "must be text, a number or a boolean" }),
);

/** How often and when something is tried again. */
export const retryField = z.strictObject({
  attempts: positive.max(50),
  backoff: z.enum(["fixed", "exponential"]).optional(),
  delay: timespanField.optional(),
  factor: z.number().optional(),
  maxDelay: timespanField.optional(),
  jitter: z.number().min(0).max(1).optional(),
  on: z
    .array(
      z.string().regex(/^(error|timeout|lost|exit:\d+(-\d+)?)$/, "must be error, timeout, lost or exit:N-M"),
    )
    .optional(),
  if: z.string().optional(),
  scope: z.enum(["failedTargets", "allTargets"]).optional(),
});

/** How many with the same key may be under way, and what happens to one too many. */
export const concurrencyField = z.strictObject({
  key: z.string(),
  limit: positive.optional(),
  onConflict: z.enum(["queue", "skip", "cancelRunning", "replaceQueued", "fail"]).optional(),
  maxQueued: whole.optional(),
});

/** An input of a workflow, or a field of a prompt's form. */
export const inputField = z.strictObject({
  type: z.enum([
    "string",
    "text",
    "integer",
    "number",
    "boolean",
    "choice",
    "multichoice",
    "date",
    "datetime",
    "json",
    "secret",
    "target",
  ]),
  title: z.string().optional(),
  description: z.string().optional(),
  required: z.boolean().optional(),
  default: z.unknown().optional(),
  options: z.array(z.unknown()).optional(),
  pattern: z.string().optional(),
  min: z.number().optional(),
  max: z.number().optional(),
});
export type InputDefinition = z.output<typeof inputField>;

/** The object form of targets. */
export const targetsObject = z.strictObject({
  select: strings.min(1),
  where: z.string().optional(),
  count: amountField(1).optional(),
  order: z.enum(["name", "random", "leastLoaded", "label"]).optional(),
  orderLabel: z.string().optional(),
  requires: z
    .strictObject({ memMb: z.int().optional(), cpu: z.number().optional(), diskMb: z.int().optional() })
    .optional(),
  strategy: z
    .strictObject({
      mode: z.enum(["parallel", "rolling"]).optional(),
      batch: amountField(1).optional(),
      canary: whole.optional(),
      pause: timespanField.optional(),
      confirm: z.enum(["none", "afterCanary", "everyBatch"]).optional(),
      maxFailures: amountField(0).optional(),
    })
    .optional(),
  unavailable: z.enum(["fail", "skip", "wait"]).optional(),
  empty: z.enum(["fail", "skip"]).optional(),
});

/** Where a step runs: a list of target expressions, or the object form. */
export const targetsField = z.union([strings.min(1), targetsObject], {
  error: 'must be a list of targets such as ["all"], or an object with "select"',
});

/** What starts the workflow by itself; the shapes of schedules and webhooks. */
export const triggerField = z.strictObject({
  type: z.enum(["cron", "schedule", "webhook", "event"]),
  id: z.string().optional(),
  cron: z.string().optional(),
  every: timespanField.optional(),
  at: z.string().optional(),
  timezone: z.string().optional(),
  overlap: z.enum(["skip", "bufferOne", "bufferAll", "cancelRunning", "allow"]).optional(),
  catchup: timespanField.optional(),
  jitter: timespanField.optional(),
  name: z.string().optional(),
  match: z.string().optional(),
  auth: z.enum(["hmac-sha256", "bearer", "none"]).optional(),
  provider: z.string().optional(),
  inputs: anyObject.optional(),
  enabled: z.boolean().optional(),
});

/** An option of a prompt: its value, or an object with more about it. */
export const optionField = z.union(
  [
    z.string(),
    z.strictObject({
      value: z.string(),
      label: z.string().optional(),
      style: z.enum(["primary", "danger", "default"]).optional(),
      outcome: z.enum(["continue", "fail", "cancel"]).optional(),
      requireComment: z.boolean().optional(),
    }),
  ],
  { error: 'must be text or an object with "value"' },
);

/** Who may answer a prompt. */
export const approversField = z.strictObject({
  users: strings.optional(),
  groups: strings.optional(),
  count: positive.optional(),
  allowStarter: z.boolean().optional(),
});

/** The event a step waits for. */
export const awaitedEventField = z.strictObject({
  name: z.string(),
  match: z.string().optional(),
  lookback: timespanField.optional(),
});
