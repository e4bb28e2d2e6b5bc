import { hasTemplate } from "../expression/parse-template.ts";
import { nameField } from "../wire/fields.ts";
import type { Definition, StepDefinition } from "./definition.ts";
import { checkExpressions } from "./expression-rules.ts";
import { escapeKey, type Finding, Findings } from "./finding.ts";
import { checkInputs } from "./inputs.ts";
import { checkIds, checkNeeds, warnOfUnreachable } from "./needs-rules.ts";
import { normalise } from "./normalise.ts";
import { checkPermissions } from "./permission-rules.ts";
import type { Plan } from "./plan.ts";
import { inputPlans } from "./plan-parts.ts";
import { checkInputsOf } from "./prompt-rules.ts";
import { definitionLimits, readDefinition } from "./read-definition.ts";
import { checkShell } from "./shell-rules.ts";
import { stepIds } from "./step-ids.ts";
import { allLists, nestedLists, type StepList, topLists } from "./step-lists.ts";
import { checkStep, checkVariableNames, type StepPlace } from "./step-rules.ts";
import { checkWrittenTargets } from "./target-rules.ts";
import { readTimespan } from "./timespan.ts";

/**
 * The workflow format, pure: no clock, no I/O, the same in the gateway, the CLI and the browser.
 *
 * Text to plan
 * - `yaml.ts`: `validateText(text)` checks YAML or JSON text, every finding with line and column; `parseYaml(text)`, `toYaml(value)`.
 * - `validate.ts`: `validate(value)` → `{ plan, errors, warnings }`; `plan` is null exactly when there are errors.
 * - `definition.ts`, `fields.ts`: `definitionField`, `stepField` and the other declarations; types `Definition`, `StepDefinition`, `StepType`.
 * - `normalise.ts`: `normalise(definition)` → `Plan`, every default explicit. `plan.ts`: `Plan`, `PlannedStep` (by `type`) and their parts.
 * - `step-lists.ts`: `everyStep(steps)`, `plannedLists(step)` walk a plan; `allLists`, `topLists`, `nestedLists` walk a definition.
 * - `step-ids.ts`: `stepIds(definition)`, `idOfName(name)`. `timespan.ts`: `readTimespan(value)` for templates once they are filled in.
 * - `json-schema.ts`: `workflowJsonSchema()`. `canonical.ts`: `canonicalText(value)`, whose SHA-256 is the revision.
 * - `diff-definitions.ts`: `diffDefinitions(before, after)` → `Difference[]`, steps matched by id.
 *
 * Values
 * - `inputs.ts`: `checkInputs(declared, given, "json" | "text")` → `{ values, problems }`, for inputs and for forms.
 *   `input-value.ts`: `isSecretMark(value)`: an input of type `secret` is `{ $secret: name }`.
 *
 * Targets
 * - `target-text.ts`: `parseTarget(text)`, `targetText(target)`. `target-tree.ts`: `parseTargetExpression("web & !db")`, `treeOfSelect`, `treeText`.
 * - `fleet.ts`: `FleetRunner`. `resolve-targets.ts`: `resolveTargets(plan, fleet, context, tree?)` → `{ verdict, reason, targets, leftOut }`.
 * - `batches.ts`: `batchesOf(targets, strategy)`, `batchSize`, `mayFail(maxFailures, total)`, `asksBefore(batch, strategy)`.
 *
 * Rounding: `count` up; a batch down but at least one; `maxFailures` down. A bare target is a runner's exact name, else a pool, else a label's key.
 */

/** What a definition comes to: its plan when there are no errors, and everything that was found, in the order of the rules. */
export interface Validation {
  plan: Plan | null;
  errors: Finding[];
  warnings: Finding[];
}

/** Checks a parsed JSON value as a definition and gives every finding at once. Never throws for anything that came from JSON. */
export function validate(value: unknown): Validation {
  const findings = new Findings();
  const definition = readDefinition(value, findings);
  if (definition !== null) checkDefinition(definition, findings);
  const isGood = definition !== null && findings.errors.length === 0;
  return {
    plan: isGood ? normalise(definition) : null,
    errors: findings.errors,
    warnings: findings.warnings,
  };
}

function checkDefinition(definition: Definition, findings: Findings): void {
  const lists = allLists(definition);
  const count = lists.reduce((sum, { steps }) => sum + steps.length, 0);
  if (count > definitionLimits.steps) {
    findings.error(
      "/steps",
      "too_large",
      `has ${count} steps, at most ${definitionLimits.steps} are allowed`,
    );
    return;
  }
  checkInputsOf(definition.inputs, "/inputs", findings);
  checkTriggers(definition, findings);
  checkPermissions(definition, findings);
  checkDefaults(definition, findings);
  const ids = stepIds(definition);
  checkIds(lists, findings);
  for (const list of lists) {
    checkNeeds(list, lists, ids, findings);
    warnOfUnreachable(list, ids, findings);
  }
  const place: StepPlace = {
    limitMs: readTimespan(definition.timeout),
    items: [],
    inRollback: false,
    hasPast: false,
    hasDefaultTargets: definition.defaults?.targets !== undefined,
  };
  for (const list of topLists(definition)) {
    checkList(list, { ...place, hasPast: list.pointer !== "/steps" }, 1, findings);
  }
  for (const { steps, pointer } of lists) {
    steps.forEach((step, i) => {
      checkShell(step, `${pointer}/${i}`, definition.defaults?.shell, findings);
    });
  }
  checkExpressions(definition, ids, findings);
}

function checkList(list: StepList, place: StepPlace, depth: number, findings: Findings): void {
  if (depth > definitionLimits.lists) {
    const text = `lists of steps nest at most ${definitionLimits.lists} deep`;
    findings.error(list.pointer, "too_deep", text);
    return;
  }
  list.steps.forEach((step, i) => {
    const pointer = `${list.pointer}/${i}`;
    checkStep(step, pointer, place, findings);
    for (const inner of nestedLists(step, pointer)) {
      checkList(inner, placeInside(step, inner, pointer, place), depth + 1, findings);
    }
  });
}

function placeInside(step: StepDefinition, inner: StepList, pointer: string, place: StepPlace): StepPlace {
  const below = inner.pointer.slice(pointer.length);
  if (below === "/rollback") return { ...place, hasPast: true, inRollback: true };
  if (below.startsWith("/onFailure")) return { ...place, hasPast: true };
  const own = readTimespan(step.timeout);
  const limits = [own, place.limitMs].filter((one) => one !== null);
  return {
    ...place,
    limitMs: limits.length === 0 ? null : Math.min(...limits),
    items: step.type === "foreach" ? [...place.items, step.as ?? "item"] : place.items,
  };
}

function checkDefaults(definition: Definition, findings: Findings): void {
  const { defaults } = definition;
  if (defaults?.targets !== undefined) {
    const place = { hasPast: false, hasDefaultTargets: true };
    checkWrittenTargets(defaults.targets, "/defaults/targets", place, findings);
  }
  checkVariableNames(defaults?.env, "/defaults/env", findings);
  if (readTimespan(definition.timeout) === 0) {
    findings.error("/timeout", "out_of_range", "must be longer than 0");
  }
}

/** Triggers as far as their shape goes; whether a cron expression means a time is for who makes the schedule. */
function checkTriggers(definition: Definition, findings: Findings): void {
  const declared = inputPlans(definition.inputs);
  const seen = new Set<string>();
  definition.triggers?.forEach((trigger, i) => {
    const here = `/triggers/${i}`;
    checkTriggerName(trigger, here, seen, findings);
    const times = (["cron", "every", "at"] as const).filter((field) => trigger[field] !== undefined);
    const isTimed = trigger.type === "cron" || trigger.type === "schedule";
    if (isTimed && times.length !== 1) {
      const text = `a trigger of type ${trigger.type} needs one of cron, every, at`;
      findings.error(here, times.length === 0 ? "missing" : "exclusive", text);
    }
    if (trigger.type === "event" && trigger.name === undefined) {
      findings.error(`${here}/name`, "missing", "a trigger of type event needs the event's name");
    }
    for (const field of ["every", "catchup", "jitter"] as const) {
      if (trigger[field] === undefined || readTimespan(trigger[field]) !== null) continue;
      findings.error(
        `${here}/${field}`,
        "bad_format",
        "must be a duration: nothing fills in a template here",
      );
    }
    checkTriggerInputs(declared, trigger.inputs, here, isTimed, findings);
  });
}

/** Ids are unique, and so are names of schedules and of webhooks; one without an id is known by its name. */
function checkTriggerName(
  { type, id, name }: NonNullable<Definition["triggers"]>[number],
  here: string,
  seen: Set<string>,
  findings: Findings,
): void {
  const isAgain = (word: string) => {
    const before = seen.size;
    return seen.add(word).size === before;
  };
  if (id !== undefined && isAgain(`id ${id}`)) {
    findings.error(`${here}/id`, "duplicate", `another trigger has the id ${id}`);
  }
  if (type === "event") return;
  const kind = type === "webhook" ? "webhook" : "schedule";
  const known = id ?? name;
  const called = name ?? id;
  const isKnown = known !== undefined && isAgain(`${kind} known ${known}`);
  const isCalled = called !== undefined && isAgain(`${kind} called ${called}`);
  if (name === undefined) return;
  if (isCalled || (id === undefined && isKnown)) {
    findings.error(`${here}/name`, "duplicate", `another ${kind} is called ${name}, or has it as its id`);
  }
  const format = nameField.safeParse(name).error?.issues[0];
  if (format !== undefined) findings.error(`${here}/name`, "bad_name", format.message);
}

function checkTriggerInputs(
  declared: ReturnType<typeof inputPlans>,
  given: Record<string, unknown> | undefined,
  pointer: string,
  isComplete: boolean,
  findings: Findings,
): void {
  const isTemplate = (value: unknown) => typeof value === "string" && hasTemplate(value);
  const templates = Object.entries(given ?? {}).flatMap(([name, value]) => (isTemplate(value) ? name : []));
  const fixed = Object.entries(given ?? {}).filter(
    ([name]) => !templates.includes(name) || !Object.hasOwn(declared, name),
  );
  for (const { pointer: below, detail } of checkInputs(declared, Object.fromEntries(fixed)).problems) {
    const isGiven = Object.keys(given ?? {}).some((name) => below === `/${escapeKey(name)}`);
    if (templates.some((name) => below === `/${escapeKey(name)}` && Object.hasOwn(declared, name))) continue;
    if (isGiven || isComplete)
      findings.error(`${pointer}/inputs${below}`, isGiven ? "bad_format" : "missing", detail);
  }
}
