import { parseExpression } from "@pulse/schema/expression/parse-expression";
import { referencesOf } from "@pulse/schema/expression/references";
import type { PlannedTargetsView } from "@pulse/schema/wire/workflow-plan";
import { batchesOf } from "@pulse/schema/workflow/batches";
import type { FleetRunner } from "@pulse/schema/workflow/fleet";
import type { TargetsPlan } from "@pulse/schema/workflow/plan";
import { type Resolution, resolveTargets } from "@pulse/schema/workflow/resolve-targets";
import type { Foresight, Known } from "./foresight.ts";

/** What `where` sees of each runner. */
const ofRunners: readonly string[] = ["name", "labels", "tags", "group", "os", "arch", "metrics"];
const pastOnes = /@(failed|touched)\b/g;

/** Finds the runners that steps would be for, each kind of question once. */
export class TargetPlanner {
  readonly #fleet: readonly FleetRunner[];
  readonly #now: number;
  readonly #foresight: Foresight;
  readonly #answers = new Map<string, Resolution>();

  constructor(fleet: readonly FleetRunner[], now: number, foresight: Foresight) {
    this.#fleet = fleet;
    this.#now = now;
    this.#foresight = foresight;
  }

  /** The runners of a step as the fleet is now, or what they depend on. */
  plan(targets: TargetsPlan, known: Known): PlannedTargetsView {
    const chosen = targets.select.map((text) => this.#foresight.text(text, "text", known));
    const select = chosen.flatMap(({ value }, i) => listed(value ?? targets.select[i]));
    const dependsOn = [
      ...chosen.flatMap((one) => one.dependsOn),
      ...select.flatMap((text) => text.match(pastOnes) ?? []),
      ...whereNeeds(targets.where, known),
    ];
    const problem = chosen.find((one) => one.problem !== null)?.problem ?? null;
    const nothing = { select, runners: [], leftOut: [], batches: [], dependsOn: [...new Set(dependsOn)] };
    if (problem !== null) return { ...nothing, verdict: "fail", reason: problem };
    if (dependsOn.length > 0) return { ...nothing, verdict: null, reason: null };
    const { verdict, reason, targets: found, leftOut } = this.#resolved({ ...targets, select }, known);
    const runners = found.map(({ name, state, reason: why }) => ({ name, state, reason: why }));
    const starting = runners.filter(({ state }) => state === "run" || state === "wait");
    const batches = verdict === "run" ? batchesOf(starting, targets.strategy) : [];
    return {
      ...{ ...nothing, verdict, reason, runners, leftOut },
      batches: batches.map((batch) => batch.map(({ name }) => name)),
    };
  }

  #resolved(targets: TargetsPlan, known: Known): Resolution {
    const question = targets.where === null ? JSON.stringify(targets) : null;
    const before = question === null ? undefined : this.#answers.get(question);
    if (before !== undefined) return before;
    const context = { failed: [], touched: [], seed: "plan", now: this.#now, names: known.names };
    const made = resolveTargets(targets, this.#fleet, context);
    if (question !== null) this.#answers.set(question, made);
    return made;
  }
}

function listed(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

function whereNeeds(where: string | null, known: Known): string[] {
  const read = where === null ? null : parseExpression(where);
  if (read === null || !read.ok) return [];
  return referencesOf(read.expression).references.flatMap(({ path, exact }) =>
    ofRunners.includes(path[0] ?? "") || known.knows(path, exact) ? [] : path.slice(0, 3).join("."),
  );
}
