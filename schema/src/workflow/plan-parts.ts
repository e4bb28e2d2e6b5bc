import type * as z from "zod";
import { catchupByDefault } from "../wire/schedules.ts";
import type { StepDefinition } from "./definition.ts";
import type {
  concurrencyField,
  envField,
  InputDefinition,
  retryField,
  targetsField,
  triggerField,
} from "./fields.ts";
import type {
  Amount,
  ConcurrencyPlan,
  InputPlan,
  OptionPlan,
  PromptStep,
  RetryPlan,
  StrategyPlan,
  TargetsPlan,
  TriggerPlan,
  WaitStep,
} from "./plan.ts";
import { readTimespan, timespanOf } from "./timespan.ts";

type Written<T extends z.ZodType> = z.output<T>;

/** A retry with its defaults; without one there is a single attempt. Only what may be started twice is retried when lost. */
export function retryPlan(
  written: Written<typeof retryField> | undefined,
  delivery: "atMostOnce" | "atLeastOnce",
): RetryPlan {
  return {
    attempts: written?.attempts ?? 1,
    backoff: written?.backoff ?? "exponential",
    delay: timespanOf(written?.delay ?? 1000),
    factor: written?.factor ?? 2,
    maxDelay: timespanOf(written?.maxDelay ?? "5m"),
    jitter: written?.jitter ?? 0,
    on: (written?.on ?? ["error", "timeout", "lost"]).filter(
      (one) => one !== "lost" || delivery === "atLeastOnce",
    ),
    if: written?.if ?? null,
    scope: written?.scope ?? "failedTargets",
  };
}

/** A concurrency rule with its defaults: one at a time, the others wait. */
export function concurrencyPlan(
  written: Written<typeof concurrencyField> | undefined,
): ConcurrencyPlan | null {
  if (written === undefined) return null;
  const { key, limit = 1, onConflict = "queue", maxQueued = null } = written;
  return { key, limit, onConflict, maxQueued };
}

/** Targets in their object form with every default; a rolling strategy takes one target at a time unless told otherwise. */
export function targetsPlan(written: Written<typeof targetsField>): TargetsPlan {
  const given = Array.isArray(written) ? { select: written } : written;
  const { memMb = null, cpu = null, diskMb = null } = given.requires ?? {};
  const strategy = given.strategy ?? {};
  const mode = strategy.mode ?? (strategy.batch === undefined ? "parallel" : "rolling");
  const planned: StrategyPlan = {
    mode,
    batch: amount(strategy.batch) ?? (mode === "rolling" ? 1 : null),
    canary: strategy.canary ?? 0,
    pause: timespanOf(strategy.pause ?? 0),
    confirm: strategy.confirm ?? "none",
    maxFailures: amount(strategy.maxFailures) ?? 0,
  };
  return {
    select: given.select,
    where: given.where ?? null,
    count: amount(given.count) ?? null,
    order: given.order ?? "name",
    orderLabel: given.orderLabel ?? null,
    requires: { memMb, cpu, diskMb },
    strategy: planned,
    unavailable: given.unavailable ?? null,
    empty: given.empty ?? "fail",
  };
}

/** An input or a form field with its defaults: optional, unless it says `required`. */
export function inputPlan(written: InputDefinition): InputPlan {
  return {
    type: written.type,
    title: written.title ?? null,
    description: written.description ?? null,
    required: written.required ?? false,
    ...(written.default === undefined ? {} : { default: written.default }),
    options: written.options ?? [],
    pattern: written.pattern ?? null,
    min: written.min ?? null,
    max: written.max ?? null,
  };
}

/** Inputs or form fields with their defaults. */
export function inputPlans(written: Record<string, InputDefinition> | undefined): Record<string, InputPlan> {
  return Object.fromEntries(Object.entries(written ?? {}).map(([name, one]) => [name, inputPlan(one)]));
}

/** The options of a prompt; none means one, `Continue`. */
export function optionPlans(written: StepDefinition["options"]): OptionPlan[] {
  return (written ?? ["Continue"]).map((one) => {
    const given = typeof one === "string" ? { value: one } : one;
    return {
      value: given.value,
      label: given.label ?? given.value,
      style: given.style ?? "default",
      outcome: given.outcome ?? "continue",
      requireComment: given.requireComment ?? false,
    };
  });
}

/** What a prompt does when nobody answered in time; an option called `fail` or `cancel` gives way to the word. */
export function onTimeoutPlan(written: string | undefined): PromptStep["onTimeout"] {
  if (written === undefined || written === "fail") return { action: "fail" };
  return written === "cancel" ? { action: "cancel" } : { action: "answer", option: written };
}

/** What a `wait` step waits for. */
export function waitPlan(step: StepDefinition): WaitStep["wait"] {
  if (step.event !== undefined) {
    const { name, match = null, lookback } = step.event;
    return { for: "event", name, match, lookback: timespanOf(lookback ?? 0) };
  }
  if (step.until !== undefined) return { for: "time", until: step.until };
  return { for: "duration", duration: timespanOf(step.duration ?? 0) };
}

/** A trigger with its defaults; the id of one without is its type and place, such as `cron-1`. */
export function triggerPlan(written: Written<typeof triggerField>, index: number): TriggerPlan {
  return {
    type: written.type,
    id: written.id ?? ownName(written) ?? `${written.type}-${index + 1}`,
    cron: written.cron ?? null,
    everyMs: readTimespan(written.every),
    at: written.at ?? null,
    timezone: written.timezone ?? "UTC",
    overlap: written.overlap ?? "skip",
    catchupMs: readTimespan(written.catchup) ?? catchupByDefault,
    jitterMs: readTimespan(written.jitter) ?? 0,
    name: written.name ?? null,
    match: written.match ?? null,
    auth: written.auth ?? "hmac-sha256",
    provider: written.provider ?? null,
    inputs: written.inputs ?? {},
    enabled: written.enabled ?? true,
  };
}

/** The name that a schedule or a webhook is to have; that of an event is the event's. */
function ownName({ type, name }: Written<typeof triggerField>): string | undefined {
  return type === "event" ? undefined : name;
}

/** Environment variables as text, the step's own over those of `defaults`. */
export function envPlan(...layers: (Written<typeof envField> | undefined)[]): Record<string, string> {
  return Object.fromEntries(
    layers.flatMap((layer) => Object.entries(layer ?? {}).map(([name, value]) => [name, String(value)])),
  );
}

function amount(written: number | string | undefined): Amount | undefined {
  // A written amount has passed the format: text is a percentage.
  return written as Amount | undefined;
}
