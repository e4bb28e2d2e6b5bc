import { evaluate } from "../expression/evaluate.ts";
import { type Expression, parseExpression } from "../expression/parse-expression.ts";
import { mayFail } from "./batches.ts";
import { chooser, type FleetRunner, meaningOf, type TargetPast } from "./fleet.ts";
import { orderRunners } from "./order-runners.ts";
import type { TargetsPlan } from "./plan.ts";
import { atomsOf, type TargetTree, treeOfSelect } from "./target-tree.ts";
import { countOf } from "./timespan.ts";

/** One runner that a step is for, and what comes of it. */
export interface ResolvedTarget {
  id: string;
  name: string;
  /** `wait` is away for a moment, or waited for by `unavailable: wait`; `skip` and `fail` do not run. */
  state: "run" | "wait" | "skip" | "fail";
  /** Why it does not run at once: `offline`, `unreachable`, `draining`, `maintenance`; null for `run`. */
  reason: string | null;
}

/** What targets come to in a fleet: resolved once, when the step starts, and stored. */
export interface Resolution {
  /** `skip` and `fail` start nothing. */
  verdict: "run" | "skip" | "fail";
  /** Why the verdict is not `run`; null when it is. */
  reason: string | null;
  /** In the order in which they are taken. */
  targets: ResolvedTarget[];
  /** Runners that were selected and then left out, for the plan to show. */
  leftOut: { name: string; because: "where" | "requires" | "count" }[];
}

/** What resolving needs to know besides the fleet. */
export interface ResolveContext extends TargetPast {
  /** Makes `order: random` the same each time it is asked again. */
  seed: string;
  /** Milliseconds since 1970, for `now()` in `where`. */
  now: number;
  /** What `where` sees besides the runner: `inputs`, `vars`, `steps` and so on. */
  names: Readonly<Record<string, unknown>>;
}

/**
 * Finds the runners a step is for. In order: `select` (exclusions last), `where`, `requires`, availability, `order`, `count`.
 * A percentage for `count` is of what `requires` left, rounded up. A runner given by name that is nowhere fails the step.
 */
export function resolveTargets(
  targets: TargetsPlan,
  fleet: readonly FleetRunner[],
  context: ResolveContext,
  choice: TargetTree | null = null,
): Resolution {
  const read = choice === null ? treeOfSelect(targets.select) : { tree: choice };
  if ("problem" in read) return refused(`a target cannot be read: ${read.problem.message}`);
  const missing = missingNames(read.tree, fleet);
  if (missing.length > 0 && targets.unavailable !== "skip") {
    return refused(`no runner, group or tag is called ${missing.join(", ")}`);
  }
  const selected = fleet.filter(chooser(read.tree, fleet, context));
  const where = passing(targets.where, selected, context);
  if ("problem" in where) return refused(`where cannot be decided: ${where.problem}`);
  const able = where.passed.filter((runner) => hasResources(runner, targets.requires));
  const leftOut: Resolution["leftOut"] = [
    ...without(selected, where.passed).map(because("where")),
    ...without(where.passed, able).map(because("requires")),
  ];
  const isNamed = namedTest(read.tree, context);
  const ordered = orderRunners(able, targets, context.seed).map((runner) => ({
    runner,
    target: { id: runner.id, name: runner.name, ...stateOf(runner, targets.unavailable, isNamed(runner)) },
  }));
  const wanted = targets.count === null ? ordered.length : countOf(targets.count, able.length, "up");
  const byState = (state: ResolvedTarget["state"]) => ordered.filter(({ target }) => target.state === state);
  const kept = [...byState("run"), ...byState("wait"), ...byState("fail"), ...byState("skip")].slice(
    0,
    wanted,
  );
  const surplus = without(ordered, kept);
  leftOut.push(...surplus.map(({ runner }) => because("count")(runner)));
  const taken = without(ordered, surplus).map(({ target }) => target);
  return { ...verdictOf(taken, targets), targets: taken, leftOut };
}

function refused(reason: string): Resolution {
  return { verdict: "fail", reason, targets: [], leftOut: [] };
}

const because = (reason: "where" | "requires" | "count") => (runner: FleetRunner) => ({
  name: runner.name,
  because: reason,
});

function without<T>(all: readonly T[], some: readonly T[]): T[] {
  const leaving = new Set(some);
  return all.filter((one) => !leaving.has(one));
}

/** Wanted names without a pattern that mean nothing in the fleet. */
function missingNames(tree: TargetTree, fleet: readonly FleetRunner[]): string[] {
  return atomsOf(tree).flatMap(({ atom, wanted }) => {
    if (!wanted) return [];
    if (atom.kind === "bare") return meaningOf(atom.name, fleet) === null ? atom.name : [];
    const isExact = atom.kind === "name" && !/[*?]/.test(atom.pattern);
    return isExact && !fleet.some(({ name }) => name === atom.pattern) ? atom.pattern : [];
  });
}

/** A test for runners that were meant one by one: by their exact name, or as those of an earlier step. */
function namedTest(tree: TargetTree, past: TargetPast): (runner: FleetRunner) => boolean {
  const atoms = atomsOf(tree).flatMap(({ atom, wanted }) => (wanted ? atom : []));
  return ({ name }) =>
    atoms.some(
      (atom) =>
        (atom.kind === "bare" && atom.name === name) ||
        (atom.kind === "name" && atom.pattern === name) ||
        (atom.kind === "failed" && past.failed.includes(name)) ||
        (atom.kind === "touched" && past.touched.includes(name)),
    );
}

function passing(
  where: string | null,
  runners: readonly FleetRunner[],
  context: ResolveContext,
): { passed: FleetRunner[] } | { problem: string } {
  if (where === null) return { passed: [...runners] };
  const read = parseExpression(where);
  if (!read.ok) return { problem: read.problems[0]?.message ?? "it cannot be read" };
  const passed: FleetRunner[] = [];
  for (const runner of runners) {
    const answer = decide(read.expression, runner, context);
    if ("problem" in answer) return { problem: `${answer.problem} (for ${runner.name})` };
    if (answer.passes) passed.push(runner);
  }
  return { passed };
}

function decide(
  where: Expression,
  runner: FleetRunner,
  context: ResolveContext,
): { passes: boolean } | { problem: string } {
  const answer = evaluate(where, { ...context.names, ...whereNames(runner) }, { now: context.now });
  return answer.ok ? { passes: Boolean(answer.value) } : { problem: answer.problem.message };
}

const mib = 1_048_576;

/** What `where` sees of a runner; a metric that was never reported is null, so that comparing it is false. */
export function whereNames(runner: FleetRunner): Record<string, unknown> {
  const { cpu = null, memFree = null, memTotal = null, load1 = null, diskFree = null } = runner.metrics ?? {};
  const inMib = (bytes: number | null) => (bytes === null ? null : Math.floor(bytes / mib));
  return {
    name: runner.name,
    labels: runner.labels,
    tags: Object.keys(runner.labels),
    group: runner.pool,
    os: runner.os,
    arch: runner.arch,
    metrics: {
      ...{ cpu, memFree, memTotal, load1, diskFree },
      ...{ memFreeMb: inMib(memFree), memTotalMb: inMib(memTotal), diskFreeMb: inMib(diskFree) },
    },
  };
}

/** `cpu` asks for processors, `memMb` and `diskMb` for free MiB; what is not known is not enough. */
function hasResources(runner: FleetRunner, { memMb, cpu, diskMb }: TargetsPlan["requires"]): boolean {
  const { memFree = 0, diskFree = 0 } = runner.metrics ?? {};
  return (
    (memMb === null || memFree >= memMb * mib) &&
    (diskMb === null || diskFree >= diskMb * mib) &&
    (cpu === null || (runner.cpus ?? 0) >= cpu)
  );
}

function stateOf(
  runner: FleetRunner,
  policy: TargetsPlan["unavailable"],
  isNamed: boolean,
): Pick<ResolvedTarget, "state" | "reason"> {
  if (runner.presence === "unreachable") return { state: "wait", reason: "unreachable" };
  if (runner.presence === "online" && runner.state === "active") return { state: "run", reason: null };
  const reason = runner.presence === "offline" ? "offline" : runner.state;
  return { state: policy ?? (isNamed ? "fail" : "skip"), reason };
}

function verdictOf(
  targets: readonly ResolvedTarget[],
  plan: TargetsPlan,
): Pick<Resolution, "verdict" | "reason"> {
  const failed = targets.filter(({ state }) => state === "fail");
  const running = targets.filter(({ state }) => state === "run" || state === "wait");
  const allowed = mayFail(plan.strategy.maxFailures, running.length + failed.length);
  if (failed.length > allowed) {
    const names = failed.map(({ name, reason }) => `${name} (${reason})`).join(", ");
    return { verdict: "fail", reason: `not available: ${names}` };
  }
  if (running.length > 0) return { verdict: "run", reason: null };
  return {
    verdict: plan.empty,
    reason: targets.length === 0 ? "no runner fits" : "no runner that fits is there",
  };
}
