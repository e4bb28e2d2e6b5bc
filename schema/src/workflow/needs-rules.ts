import { nearestName } from "../expression/nearest-name.ts";
import type { StepDefinition } from "./definition.ts";
import type { FindingCode, Findings } from "./finding.ts";
import { resolveNeed, type StepIds } from "./step-ids.ts";
import type { StepList } from "./step-lists.ts";

/** Which steps of its list a step needs directly, by index, the implicit edge included. */
export type NeedEdges = readonly (readonly number[])[];

/** Notes ids given twice, with where the first one stands. */
export function checkIds(lists: readonly StepList[], findings: Findings): void {
  const first = new Map<string, string>();
  for (const { pointer, steps } of lists) {
    steps.forEach(({ id }, i) => {
      if (id === undefined) return;
      const here = `${pointer}/${i}`;
      const earlier = first.get(id);
      if (earlier === undefined) first.set(id, here);
      else findings.error(`${here}/id`, "duplicate", `the id ${id} was given to ${earlier} already`);
    });
  }
}

/** Checks the `needs` of one list: each names one other step of the list, none twice, and there is no circle. */
export function checkNeeds(
  list: StepList,
  everywhere: readonly StepList[],
  ids: StepIds,
  findings: Findings,
): void {
  const before = findings.errors.length;
  list.steps.forEach((step, i) => {
    const seen = new Set<StepDefinition>();
    step.needs?.forEach((need, n) => {
      const pointer = `${list.pointer}/${i}/needs/${n}`;
      const answer = resolveNeed(need, step, list.steps, ids);
      if (answer.found === null) {
        const [code, message] = badNeed(need, answer, list, everywhere, ids);
        findings.error(pointer, code, message);
      } else if (seen.has(answer.found)) findings.error(pointer, "duplicate", `${need} is needed twice`);
      else seen.add(answer.found);
    });
  });
  const cycle = cycleOf(needEdges(list, ids));
  if (cycle === null || findings.errors.length > before) return;
  const names = cycle.map((i) => idAt(list, i, ids));
  const implicit = cycle.some((i) => list.steps[i]?.needs === undefined);
  const why = implicit ? " (a step without needs needs the one before it)" : "";
  const where = `${list.pointer}/${cycle[0] ?? 0}/needs`;
  findings.error(where, "cycle", `these steps wait for each other: ${names.join(" → ")}${why}`);
}

function badNeed(
  need: string,
  answer: { because: "unknown" | "ambiguous" | "itself"; matches: number },
  list: StepList,
  everywhere: readonly StepList[],
  ids: StepIds,
): [FindingCode, string] {
  if (answer.because === "itself") return ["cycle", "a step cannot need itself"];
  if (answer.because === "ambiguous") {
    return ["ambiguous_need", `${answer.matches} steps are called ${need}: name one by its id`];
  }
  const elsewhere = everywhere.find(({ steps }) =>
    steps.some((step) => ids.get(step) === need || step.name === need),
  );
  if (elsewhere !== undefined) {
    const where = `${need} is in another list of steps (${elsewhere.pointer})`;
    return ["need_elsewhere", `${where}: needs reach steps of the same list only`];
  }
  const names = list.steps.flatMap((step) => [ids.get(step) ?? "", step.name]);
  const near = nearestName(need, names);
  const guess = near === null ? "" : `; did you mean ${near}?`;
  return ["unknown_need", `no step of this list has the id or name ${need}${guess}`];
}

/** The edges of a list; needs that name nothing are left out. */
export function needEdges({ steps }: StepList, ids: StepIds): NeedEdges {
  const index = new Map(steps.map((step, i) => [step, i]));
  return steps.map((step, i) => {
    if (step.needs === undefined) return i === 0 ? [] : [i - 1];
    const found = step.needs.map((need) => resolveNeed(need, step, steps, ids).found);
    return [...new Set(found.flatMap((one) => (one === null ? [] : (index.get(one) ?? []))))];
  });
}

/** The indexes of every step each step waits for, directly or through others. */
export function ancestors(edges: NeedEdges): ReadonlySet<number>[] {
  return edges.map((_, start) => {
    const found = new Set<number>();
    const waiting = [...(edges[start] ?? [])];
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
      if (found.has(one)) continue;
      found.add(one);
      waiting.push(...(edges[one] ?? []));
    }
    return found;
  });
}

/** A circle as indexes, the first again at the end, in the order in which one step waits for the next; null without one. */
function cycleOf(edges: NeedEdges): number[] | null {
  const state = edges.map(() => "new" as "new" | "open" | "done");
  for (let start = 0; start < edges.length; start++) {
    const path: { at: number; next: number }[] = state[start] === "new" ? [{ at: start, next: 0 }] : [];
    state[start] = state[start] === "new" ? "open" : "done";
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const to = edges[top.at]?.[top.next++];
      if (to === undefined) {
        state[top.at] = "done";
        path.pop();
      } else if (state[to] === "open") {
        const circle = path.map(({ at }) => at);
        return [...circle.slice(circle.indexOf(to)), to];
      } else if (state[to] === "new") {
        state[to] = "open";
        path.push({ at: to, next: 0 });
      }
    }
  }
  return null;
}

/** Warns of steps that cannot run because everything before them ends in an unconditional `stop`. */
export function warnOfUnreachable(list: StepList, ids: StepIds, findings: Findings): void {
  const isEnd = list.steps.map(
    ({ type, condition }) => type === "stop" && (condition === undefined || condition.trim() === "true"),
  );
  ancestors(needEdges(list, ids)).forEach((before, i) => {
    const end = [...before].find((one) => isEnd[one]);
    if (end === undefined) return;
    const text = `never runs: ${idAt(list, end, ids)} before it always stops the run`;
    findings.warn(`${list.pointer}/${i}`, "unreachable", text);
  });
}

function idAt({ steps }: StepList, index: number, ids: StepIds): string {
  const step = steps[index];
  return (step && ids.get(step)) ?? "?";
}
