import { hasTemplate } from "../expression/parse-template.ts";
import type { StepDefinition } from "./definition.ts";
import type { Findings } from "./finding.ts";
import { atomsOf, parseSelectEntry } from "./target-tree.ts";

/** What the rules of targets ask about where a step stands. */
export interface TargetPlace {
  /** `@failed` and `@touched` have a meaning: inside `onFailure` or `rollback`. */
  hasPast: boolean;
  /** The definition names targets in `defaults`. */
  hasDefaultTargets: boolean;
}

type Written = NonNullable<StepDefinition["targets"]>;

/** Notes what is wrong with the targets of a step, and warns when a command would run everywhere because nobody said where. */
export function checkTargets(
  step: StepDefinition,
  pointer: string,
  place: TargetPlace,
  findings: Findings,
): void {
  if (step.type === "execute" && step.targets === undefined && !place.hasDefaultTargets) {
    const text = "runs on all runners, because neither the step nor defaults name targets";
    findings.warn(pointer, "targets_omitted", text);
  }
  if (step.targets === undefined || (step.type !== "execute" && step.type !== "http")) return;
  checkWrittenTargets(step.targets, `${pointer}/targets`, place, findings);
}

/** Notes what is wrong with targets as written. */
export function checkWrittenTargets(
  written: Written,
  pointer: string,
  place: TargetPlace,
  findings: Findings,
): void {
  const isList = Array.isArray(written);
  const select = isList ? written : written.select;
  const at = isList ? pointer : `${pointer}/select`;
  let onlyExclusions = true;
  select.forEach((text, i) => {
    if (hasTemplate(text)) {
      onlyExclusions &&= text.trimStart().startsWith("!");
      return;
    }
    const read = parseSelectEntry(text);
    if ("problem" in read) {
      findings.error(`${at}/${i}`, "bad_target", read.problem.message, read.problem.column);
      onlyExclusions = false;
      return;
    }
    onlyExclusions &&= read.excluded;
    const asksForPast = atomsOf(read.tree).some(
      ({ atom }) => atom.kind === "failed" || atom.kind === "touched",
    );
    if (asksForPast && !place.hasPast) {
      findings.error(
        `${at}/${i}`,
        "target_out_of_place",
        `${text} means something in onFailure and rollback only`,
      );
    }
  });
  if (onlyExclusions)
    findings.error(at, "impossible", "only leaves targets out: name what to choose from, such as all");
  if (!isList) checkObject(written, pointer, findings);
}

function checkObject(written: Exclude<Written, string[]>, pointer: string, findings: Findings): void {
  const { strategy = {}, order, orderLabel, requires = {} } = written;
  const amounts = { count: written.count, "strategy/batch": strategy.batch };
  for (const [field, amount] of Object.entries({
    ...amounts,
    "strategy/maxFailures": strategy.maxFailures,
  })) {
    if (typeof amount !== "string") continue;
    const share = Number(amount.slice(0, -1));
    const least = field === "strategy/maxFailures" ? 0 : 1;
    if (share >= least && share <= 100) continue;
    findings.error(`${pointer}/${field}`, "out_of_range", `must be from ${least}% to 100%, got ${amount}`);
  }
  for (const [field, least] of Object.entries(requires)) {
    if (least !== undefined && least < 0)
      findings.error(`${pointer}/requires/${field}`, "out_of_range", `must not be below 0, got ${least}`);
  }
  if (order === "label" && orderLabel === undefined) {
    findings.error(`${pointer}/orderLabel`, "missing", "order: label needs the label's key");
  }
  if (order !== "label" && orderLabel !== undefined) {
    findings.warn(`${pointer}/orderLabel`, "no_effect", "is for order: label");
  }
  const { canary = 0, confirm = "none", mode, batch } = strategy;
  if (canary < 0)
    findings.error(`${pointer}/strategy/canary`, "out_of_range", `must not be below 0, got ${canary}`);
  if (confirm === "afterCanary" && canary === 0) {
    findings.error(`${pointer}/strategy/confirm`, "contradiction", "afterCanary needs a canary");
  }
  if (mode === "parallel" && batch !== undefined) {
    findings.warn(`${pointer}/strategy/batch`, "no_effect", "is for mode: rolling");
  }
}
