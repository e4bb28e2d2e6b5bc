import { variableFault } from "../command-environment.ts";
import { hasTemplate } from "../expression/parse-template.ts";
import { httpMethods } from "../wire/command.ts";
import type { StepDefinition } from "./definition.ts";
import { escapeKey, type Findings } from "./finding.ts";
import { deliveryOf } from "./normalise.ts";
import { checkPrompt } from "./prompt-rules.ts";
import { definitionLimits, warnOfForeignFields } from "./read-definition.ts";
import type { StepType } from "./step-kinds.ts";
import { requiredFields } from "./step-table.ts";
import { checkTargets, type TargetPlace } from "./target-rules.ts";
import { checkTimes } from "./time-rules.ts";

/** Where a step stands, as far as its rules ask. */
export interface StepPlace extends TargetPlace {
  /** Milliseconds that what surrounds the step may take; null when nothing limits it. */
  limitMs: number | null;
  /** Names that `foreach` steps around it gave to their items. */
  items: readonly string[];
  inRollback: boolean;
}

/** Names of the context of expressions, which nothing of a user's may hide. */
const contextNames =
  "inputs vars steps prompts promptResponse state execution index target failure event secrets output outputs results status error now success failed always cancelled raw true false null undefined".split(
    " ",
  );
const workTypes: readonly StepType[] = ["execute", "function", "workflow", "http", "notify"];
const containerTypes: readonly StepType[] = ["parallel", "if", "switch", "foreach"];
const channelKinds = /^(email|slack|discord|telegram|ntfy|teams|webhook):.+$/;
const methods: readonly string[] = httpMethods;
const referencePattern = /^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?(@[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?)?$/;

/** Notes what is wrong with one step by itself: everything but its needs, its expressions and the steps inside it. */
export function checkStep(step: StepDefinition, pointer: string, place: StepPlace, findings: Findings): void {
  if (step.name.trim() === "")
    findings.warn(`${pointer}/name`, "bad_name", "a step without a name is hard to find");
  warnOfForeignFields(step, pointer, findings);
  checkRequired(step, pointer, findings);
  checkRetry(step, pointer, findings);
  checkNames(step, pointer, findings);
  checkTimes(step, pointer, place.limitMs, findings);
  checkTargets(step, pointer, place, findings);
  if (step.type === "execute") checkExecute(step, pointer, findings);
  if (step.type === "prompt") checkPrompt(step, pointer, findings);
  if (step.type === "parallel") checkParallel(step, pointer, findings);
  if (step.type === "foreach") checkForeach(step, pointer, place, findings);
  if (step.type === "http") checkHttp(step, pointer, findings);
  if (step.type === "function" || step.type === "workflow") checkReference(step, pointer, findings);
  if (step.type === "if" && step.then?.length === 0 && (step.else ?? []).length === 0) {
    findings.warn(pointer, "no_effect", "has no steps in then or else");
  }
  if (step.type === "set" && Object.keys(step.set ?? {}).length === 0) {
    findings.warn(pointer, "no_effect", "sets nothing");
  }
  if (step.type === "notify" && step.channel !== undefined && !hasTemplate(step.channel)) {
    if (!channelKinds.test(step.channel)) {
      findings.warn(
        `${pointer}/channel`,
        "bad_reference",
        "a channel is written as kind:name, such as slack:ops",
      );
    }
  }
  if (place.inRollback && (step.rollback ?? []).length > 0) {
    findings.warn(`${pointer}/rollback`, "no_effect", "a step of a roll-back is not rolled back itself");
  }
}

function checkRequired(step: StepDefinition, pointer: string, findings: Findings): void {
  const choices = requiredFields[step.type];
  if (choices === undefined) return;
  const given = choices.filter((fields) => fields.every((field) => step[field] !== undefined));
  if (given.length > 1) {
    const names = given.map((fields) => fields.join(" and ")).join(", ");
    findings.error(pointer, "exclusive", `only one of ${names} may be given`);
  }
  if (given.length > 0) return;
  const [first = []] = choices;
  if (choices.length > 1) {
    const isNoted = choices.some(([field = ""]) => findings.hasErrorWithin(`${pointer}/${field}`));
    if (isNoted) return;
    const names = choices.map(([field]) => field).join(", ");
    return void findings.error(pointer, "missing", `a step of type ${step.type} needs one of ${names}`);
  }
  for (const field of first) {
    if (step[field] !== undefined || findings.hasErrorWithin(`${pointer}/${field}`)) continue;
    findings.error(`${pointer}/${field}`, "missing", `a step of type ${step.type} needs ${field}`);
  }
}

function checkRetry(step: StepDefinition, pointer: string, findings: Findings): void {
  const delivery = deliveryOf(step);
  if (step.onLost === "retry" && delivery === "atMostOnce") {
    findings.error(
      `${pointer}/onLost`,
      "needs_delivery",
      "retry needs delivery: atLeastOnce, for it may run twice",
    );
  }
  if (step.retry === undefined) return;
  if (!workTypes.includes(step.type) && !containerTypes.includes(step.type)) {
    findings.warn(`${pointer}/retry`, "no_effect", `a step of type ${step.type} is never retried`);
  }
  const { on = [], factor } = step.retry;
  if (factor !== undefined && factor < 1) {
    findings.error(`${pointer}/retry/factor`, "out_of_range", `must be at least 1, got ${factor}`);
  }
  on.forEach((one, i) => {
    const at = `${pointer}/retry/on/${i}`;
    const [, from, to] = /^exit:(\d+)-(\d+)$/.exec(one) ?? [];
    if (from !== undefined && Number(from) > Number(to))
      findings.error(at, "contradiction", `${one} holds no exit code`);
    if (one === "lost" && delivery === "atMostOnce") {
      findings.error(at, "needs_delivery", "lost needs delivery: atLeastOnce, for the step may run twice");
    }
  });
}

/** Notes names that no environment variable can have. */
export function checkVariableNames(variables: object | undefined, pointer: string, findings: Findings): void {
  for (const name of Object.keys(variables ?? {})) {
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) continue;
    const text = `${JSON.stringify(name)} is not the name of an environment variable`;
    findings.error(`${pointer}/${escapeKey(name)}`, "bad_name", text);
  }
}

function checkNames(step: StepDefinition, pointer: string, findings: Findings): void {
  checkVariableNames(step.env, `${pointer}/env`, findings);
  checkVariableNames(step.secrets, `${pointer}/secrets`, findings);
  if (step.type === "function" && step.env !== undefined) {
    const text =
      "a function takes no variables from a step: give it what it needs as input, or as a secret of the function itself";
    findings.error(`${pointer}/env`, "no_effect", text);
  }
  for (const [name, value] of Object.entries(step.secrets ?? {})) {
    if (step.type !== "http" || step.targets !== undefined || !value.startsWith("vault:")) continue;
    const text =
      "a vault: reference is read by runners, and the gateway makes this request: name a stored secret, or targets";
    findings.error(`${pointer}/secrets/${escapeKey(name)}`, "secret_out_of_place", text);
  }
}

function checkExecute(step: StepDefinition, pointer: string, findings: Findings): void {
  if (step.args !== undefined && step.commandRef === undefined) {
    findings.warn(`${pointer}/args`, "no_effect", "args are for a commandRef");
  }
  for (const field of ["env", "secrets"] as const)
    for (const name of Object.keys(step[field] ?? {})) {
      const fault = variableFault(name);
      const at = `${pointer}/${field}/${escapeKey(name)}`;
      if (fault !== null && !findings.hasErrorWithin(at)) findings.error(at, "bad_name", fault);
    }
  if (step.successCodes?.length === 0) {
    findings.error(`${pointer}/successCodes`, "impossible", "no exit code would be a success");
  }
  step.successCodes?.forEach((code, i) => {
    if (code >= 0 && code <= 255) return;
    findings.error(`${pointer}/successCodes/${i}`, "out_of_range", `must be from 0 to 255, got ${code}`);
  });
}

function checkParallel(step: StepDefinition, pointer: string, findings: Findings): void {
  const branches = step.branches ?? [];
  if (step.branches?.length === 0)
    findings.error(`${pointer}/branches`, "missing", "needs at least one branch");
  if (typeof step.join === "number" && (step.join < 1 || step.join > branches.length)) {
    const text = `${step.join} of ${branches.length} branches can never succeed`;
    findings.error(`${pointer}/join`, "impossible", text);
  }
  branches.forEach(({ name }, i) => {
    if (branches.findIndex((one) => one.name === name) === i) return;
    findings.error(`${pointer}/branches/${i}/name`, "duplicate", `another branch is called ${name}`);
  });
}

function checkForeach(step: StepDefinition, pointer: string, place: StepPlace, findings: Findings): void {
  const { maxItems, as } = step;
  if (maxItems !== undefined && (maxItems < 1 || maxItems > definitionLimits.items)) {
    const text = `must be from 1 to ${definitionLimits.items}, got ${maxItems}`;
    findings.error(`${pointer}/maxItems`, "out_of_range", text);
  }
  if (Array.isArray(step.items) && step.items.length > (maxItems ?? 1000)) {
    findings.error(
      `${pointer}/items`,
      "impossible",
      `has ${step.items.length} items, maxItems is ${maxItems ?? 1000}`,
    );
  } else if (typeof step.items === "string" ? !hasTemplate(step.items) : !Array.isArray(step.items ?? [])) {
    findings.error(`${pointer}/items`, "wrong_type", "must be a list, or a template that gives one");
  }
  if (as === undefined) return;
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(as)) {
    findings.error(
      `${pointer}/as`,
      "bad_name",
      `${JSON.stringify(as)} is not a name of letters, digits and _`,
    );
  } else if (contextNames.includes(as)) {
    findings.error(`${pointer}/as`, "bad_name", `${as} has a meaning of its own in expressions`);
  } else if (place.items.includes(as)) {
    findings.warn(`${pointer}/as`, "duplicate", `hides the ${as} of the foreach around it`);
  }
}

function checkHttp(step: StepDefinition, pointer: string, findings: Findings): void {
  const { method, url, env } = step;
  if (Object.keys(env ?? {}).length > 0) {
    const text = "a request has no variables: write the values into url, headers or body";
    findings.error(`${pointer}/env`, "not_allowed", text);
  }
  if (method !== undefined && !hasTemplate(method) && !methods.includes(method.toUpperCase())) {
    findings.error(
      `${pointer}/method`,
      "not_allowed",
      `must be one of ${httpMethods.join(", ")}, got ${method}`,
    );
  }
  if (url !== undefined && !hasTemplate(url)) {
    const protocol = URL.canParse(url) ? new URL(url).protocol : null;
    if (protocol === "http:" || protocol === "https:") return;
    findings.error(`${pointer}/url`, "bad_format", "must be an absolute http or https URL");
  }
}

function checkReference(step: StepDefinition, pointer: string, findings: Findings): void {
  const field = step.type === "function" ? "function" : "workflow";
  const reference = step[field];
  if (reference === undefined || hasTemplate(reference) || referencePattern.test(reference)) return;
  const text = `must be a name, or a name with @ and a version or an alias, got ${JSON.stringify(reference)}`;
  findings.error(`${pointer}/${field}`, "bad_reference", text);
}
