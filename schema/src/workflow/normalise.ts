import { parseExpression } from "../expression/parse-expression.ts";
import { referencesOf } from "../expression/references.ts";
import type { Definition, StepDefinition } from "./definition.ts";
import type {
  CommonStep,
  ExecuteStep,
  ForeachStep,
  HttpStep,
  ParallelStep,
  Plan,
  PlannedStep,
  PromptStep,
} from "./plan.ts";
import {
  concurrencyPlan,
  envPlan,
  inputPlans,
  onTimeoutPlan,
  optionPlans,
  retryPlan,
  targetsPlan,
  triggerPlan,
  waitPlan,
} from "./plan-parts.ts";
import { resolveNeed, type StepIds, stepIds } from "./step-ids.ts";
import { timespanOf } from "./timespan.ts";

/** What a `command` may take when nobody says otherwise: 5 minutes. */
const executeTimeoutMs = 300_000;
const httpTimeoutMs = 30_000;
const idempotentMethods = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"];

interface Surroundings {
  ids: StepIds;
  defaults: NonNullable<Definition["defaults"]>;
}

/**
 * The plan of a definition: every default filled in, ids given, `needs` resolved to ids, targets in object form. Total: what
 * `validate` would refuse (an unknown need, for instance) is left out of the plan rather than thrown.
 */
export function normalise(definition: Definition): Plan {
  const around: Surroundings = { ids: stepIds(definition), defaults: definition.defaults ?? {} };
  const { view = null, run = null, edit = null, approve = null } = definition.permissions ?? {};
  return {
    version: 1,
    name: definition.name ?? null,
    description: definition.description ?? null,
    tags: definition.tags ?? [],
    inputs: inputPlans(definition.inputs),
    vars: definition.vars ?? {},
    concurrency: concurrencyPlan(definition.concurrency),
    timeout: definition.timeout === undefined ? null : timespanOf(definition.timeout),
    triggers: (definition.triggers ?? []).map(triggerPlan),
    permissions: { view, run, edit, approve },
    rollback: definition.rollback ?? "never",
    outputs: definition.outputs ?? {},
    notify: (definition.notify ?? []).map(({ channel, on = ["failed"], message = null }) => ({
      channel,
      on,
      message,
    })),
    steps: planList(definition.steps, "/steps", around),
    onFailure: planList(definition.onFailure, "/onFailure", around),
    onSuccess: planList(definition.onSuccess, "/onSuccess", around),
    finally: planList(definition.finally, "/finally", around),
  };
}

function planList(
  list: readonly StepDefinition[] | undefined,
  pointer: string,
  around: Surroundings,
): PlannedStep[] {
  return (list ?? []).map((step, i, steps) => planStep(step, i, steps, `${pointer}/${i}`, around));
}

function needsOf(
  step: StepDefinition,
  index: number,
  list: readonly StepDefinition[],
  ids: StepIds,
): string[] {
  const before = list[index - 1];
  if (step.needs === undefined) return before === undefined ? [] : [ids.get(before) ?? ""];
  const found = step.needs.map((need) => resolveNeed(need, step, list, ids).found);
  return [...new Set(found.flatMap((one) => (one === null ? [] : (ids.get(one) ?? ""))))];
}

/** How often a step may be started: as it says, else once for what changes things and at least once for what may be repeated. */
export function deliveryOf(step: StepDefinition): "atMostOnce" | "atLeastOnce" {
  if (step.delivery !== undefined) return step.delivery;
  if (step.type === "http" && idempotentMethods.includes((step.method ?? "GET").toUpperCase()))
    return "atLeastOnce";
  return step.type === "function" || step.type === "workflow" ? "atLeastOnce" : "atMostOnce";
}

/** `defaults.timeout` and `defaults.retry` are for steps that do work themselves; prompts, waits, containers and child workflows only have their own. */
const working = ["execute", "function", "http", "notify"];

function timeoutOf(step: StepDefinition, around: Surroundings): CommonStep["timeout"] {
  const written = step.timeout ?? (working.includes(step.type) ? around.defaults.timeout : undefined);
  if (written !== undefined) return timespanOf(written);
  if (step.type === "execute") return executeTimeoutMs;
  return step.type === "http" || step.type === "notify" ? httpTimeoutMs : null;
}

function commonOf(
  step: StepDefinition,
  index: number,
  list: readonly StepDefinition[],
  pointer: string,
  around: Surroundings,
): CommonStep {
  const delivery = deliveryOf(step);
  const onFailure = Array.isArray(step.onFailure) ? { steps: step.onFailure } : step.onFailure;
  const failurePointer = `${pointer}/onFailure${Array.isArray(step.onFailure) ? "" : "/steps"}`;
  return {
    id: around.ids.get(step) ?? "",
    pointer,
    name: step.name,
    needs: needsOf(step, index, list, around.ids),
    condition: step.condition ?? "true",
    survivesFailure: asksAboutThePast(step.condition),
    timeout: timeoutOf(step, around),
    retry: retryPlan(
      step.retry ?? (working.includes(step.type) ? around.defaults.retry : undefined),
      delivery,
    ),
    continueOnError: step.continueOnError ?? false,
    onFailure:
      onFailure === undefined
        ? null
        : { steps: planList(onFailure.steps, failurePointer, around), after: onFailure.then ?? "fail" },
    rollback: planList(step.rollback, `${pointer}/rollback`, around),
    delivery,
    onLost: step.onLost ?? (delivery === "atLeastOnce" ? "retry" : "fail"),
    concurrency: concurrencyPlan(step.concurrency),
    outputs: step.outputs ?? {},
    env: envPlan(around.defaults.env, step.env),
    secrets: step.secrets ?? {},
  };
}

/** True for a condition that calls `always()`, `failed()` or `cancelled()`. */
function asksAboutThePast(condition: string | undefined): boolean {
  const read = condition === undefined ? null : parseExpression(condition);
  if (read === null || !read.ok) return false;
  return referencesOf(read.expression).functions.some((name) =>
    ["always", "failed", "cancelled"].includes(name),
  );
}

function planStep(
  step: StepDefinition,
  index: number,
  list: readonly StepDefinition[],
  pointer: string,
  around: Surroundings,
): PlannedStep {
  const common = commonOf(step, index, list, pointer, around);
  const inner = (steps: readonly StepDefinition[] | undefined, field: string) =>
    planList(steps, `${pointer}/${field}`, around);
  switch (step.type) {
    case "execute":
      return executeStep(step, common, around);
    case "prompt":
      return promptStep(step, common);
    case "wait":
      return { ...common, type: "wait", wait: waitPlan(step) };
    case "function": {
      const { function: name = "", input = null, async = false } = step;
      return { ...common, type: "function", function: name, input, async };
    }
    case "workflow": {
      const { workflow = "", inputs = {}, detach = false } = step;
      return { ...common, type: "workflow", workflow, inputs, detach };
    }
    case "parallel":
      return parallelStep(step, common, inner);
    case "if": {
      const branches = { whenTrue: inner(step.then, "then"), whenFalse: inner(step.else, "else") };
      return { ...common, type: "if", if: step.if ?? "false", ...branches };
    }
    case "switch": {
      const cases = (step.cases ?? []).map((one, i) => ({
        when: one.when,
        steps: inner(one.steps, `cases/${i}/steps`),
      }));
      return { ...common, type: "switch", cases, otherwise: inner(step.default, "default") };
    }
    case "foreach":
      return foreachStep(step, common, inner(step.steps, "steps"));
    case "http":
      return httpStep(step, common);
    case "notify":
      return { ...common, type: "notify", channel: step.channel ?? "", message: step.message ?? "" };
    case "set":
      return { ...common, type: "set", set: step.set ?? {} };
    case "stop":
      return { ...common, type: "stop", status: step.status ?? "succeeded", message: step.message ?? null };
  }
}

function executeStep(step: StepDefinition, common: CommonStep, { defaults }: Surroundings): ExecuteStep {
  const targetsFrom =
    step.targets !== undefined ? "step" : defaults.targets !== undefined ? "defaults" : "all";
  return {
    ...common,
    type: "execute",
    command: step.command ?? null,
    script: step.script ?? null,
    commandRef: step.commandRef ?? null,
    args: step.args ?? {},
    targets: targetsPlan(step.targets ?? defaults.targets ?? ["all"]),
    targetsFrom,
    image: step.image ?? null,
    shell: step.shell ?? defaults.shell ?? null,
    cwd: step.cwd ?? null,
    user: step.user ?? null,
    successCodes: step.successCodes ?? [0],
  };
}

function promptStep(step: StepDefinition, common: CommonStep): PromptStep {
  const { users = [], groups = [], count = 1, allowStarter = true } = step.approvers ?? {};
  return {
    ...common,
    type: "prompt",
    message: step.message ?? "",
    options: optionPlans(step.options),
    form: inputPlans(step.form),
    approvers: step.approvers === undefined ? null : { users, groups, count, allowStarter },
    onTimeout: onTimeoutPlan(step.onTimeout),
    notify: step.notify ?? [],
  };
}

type Inner = (steps: readonly StepDefinition[] | undefined, field: string) => PlannedStep[];

function parallelStep(step: StepDefinition, common: CommonStep, inner: Inner): ParallelStep {
  const branches = (step.branches ?? []).map(({ name, condition = "true", steps }, i) => ({
    name,
    condition,
    steps: inner(steps, `branches/${i}/steps`),
  }));
  return {
    ...common,
    type: "parallel",
    branches,
    join: step.join ?? "all",
    failFast: step.failFast ?? false,
  };
}

function foreachStep(step: StepDefinition, common: CommonStep, steps: PlannedStep[]): ForeachStep {
  return {
    ...common,
    type: "foreach",
    items: step.items ?? [],
    as: step.as ?? "item",
    steps,
    maxParallel: step.maxParallel ?? 1,
    maxItems: step.maxItems ?? 1000,
    collect: step.collect ?? null,
    breakIf: step.breakIf ?? null,
  };
}

function httpStep(step: StepDefinition, common: CommonStep): HttpStep {
  return {
    ...common,
    type: "http",
    method: (step.method ?? "GET").toUpperCase(),
    url: step.url ?? "",
    headers: step.headers ?? {},
    ...(step.body === undefined ? {} : { body: step.body }),
    expect: step.expect ?? "status >= 200 && status < 300",
    targets: step.targets === undefined ? null : targetsPlan(step.targets),
  };
}
