import { nearestName } from "@pulse/schema/expression/nearest-name";
import { ProblemError } from "@pulse/schema/problem";
import type { Place, PlanIndex } from "../advance/plan-index.ts";
import type { Work } from "./work.ts";

/**
 * Where to begin again, from the list of the workflow itself inwards. The text is a step's id, its name, or its path in the run.
 * Throws `validation_failed` for a step that there is not, or that cannot be begun with alone.
 */
export function placeOf(work: Work, text: string): Place[] {
  const chain: Place[] = [];
  const { after } = work;
  for (
    let place: Place | undefined = found(work, text);
    place !== undefined;
    place = after.place(place.ownerId)
  )
    chain.unshift(place);
  for (const { step, ownerId, role } of chain) {
    const owner = after.place(ownerId)?.step;
    if (owner === undefined) continue;
    const around = owner.name;
    if (role === "onFailure") {
      throw refused(`${step.name} stands in the onFailure of ${around}`, around);
    }
    if (role === "rollback") throw refused(`${step.name} stands in the rollback of ${around}`, around);
    if (owner.type === "foreach") {
      throw refused(`${step.name} runs once for each item of ${around}`, around, "or only what failed in it");
    }
  }
  return chain;
}

function refused(what: string, around: string, more = ""): ProblemError {
  return unusable(
    `${what}: it cannot be begun with`,
    `Begin with ${JSON.stringify(around)}${more && `, ${more}`}.`,
  );
}

function unusable(detail: string, hint: string): ProblemError {
  const pointer = "/fromStep";
  return new ProblemError("validation_failed", `${pointer}: ${detail}`, {
    errors: [{ pointer, detail }],
    hint,
  });
}

function found({ after, before, state }: Work, text: string): Place {
  const place = byText(after, text);
  if (place !== null) return place;
  const path = state.steps.get(text);
  const byPath = path === undefined ? undefined : after.place(path.id);
  if (byPath !== undefined) return byPath;
  const inItem = byItem(after, text);
  if (inItem !== null) return inItem;
  const names = [...after.ids()].flatMap((id) => [id, after.step(id).name]);
  if (byText(before, text) !== null || path !== undefined) {
    throw unusable(
      `the definition that it is to run on has no step ${JSON.stringify(text)} any more`,
      "Leave out version to run it on the definition that it had.",
    );
  }
  const near = nearestName(text, names);
  const called = [...after.ids()].map((id) => after.step(id)).filter(({ type }) => type === "workflow");
  throw unusable(
    `there is no step ${JSON.stringify(text)}`,
    near === null
      ? `The steps are ${[...after.ids()].slice(0, 20).join(", ")}.${calledText(called)}`
      : `Did you mean ${near}?`,
  );
}

/** Steps of a run that another one started stand in that one. */
function calledText([first]: readonly { name: string }[]): string {
  if (first === undefined) return "";
  return ` What a workflow that it calls consists of is run again with the execution of that one, or as a whole from ${JSON.stringify(first.name)}.`;
}

/** The path of a step in an item of a `foreach`, such as `each[17]/parse`: a run forgets them, the definition does not. Throws for an item itself. */
function byItem(after: PlanIndex, text: string): Place | null {
  if (!/\[\d+\]/.test(text)) return null;
  const last = text.slice(text.lastIndexOf("/") + 1);
  const place = after.place(last.replace(/(~\d+)?(\[\d+\])?$/, ""));
  if (place === undefined) return null;
  if (!last.endsWith("]")) return place;
  throw refused(`${text} is one item of ${place.step.name}`, place.step.name, "or only what failed in it");
}

function byText(index: PlanIndex, text: string): Place | null {
  const place = index.place(text);
  if (place !== undefined) return place;
  const named = [...index.ids()].filter((id) => index.step(id).name === text);
  return named.length === 1 ? (index.place(named[0] ?? "") ?? null) : null;
}
