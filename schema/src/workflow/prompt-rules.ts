import type { StepDefinition } from "./definition.ts";
import type { InputDefinition } from "./fields.ts";
import { escapeKey, type Findings } from "./finding.ts";
import { inputProblems } from "./inputs.ts";
import { inputPlan } from "./plan-parts.ts";

/** Notes what is wrong with a prompt: its options, its form, who may answer, and what happens when nobody does. */
export function checkPrompt(step: StepDefinition, pointer: string, findings: Findings): void {
  const values = (step.options ?? ["Continue"]).map((one) => (typeof one === "string" ? one : one.value));
  values.forEach((value, i) => {
    if (value === "") findings.error(`${pointer}/options/${i}`, "bad_name", "an option needs a value");
    if (values.indexOf(value) === i) return;
    findings.error(`${pointer}/options/${i}`, "duplicate", `${JSON.stringify(value)} is offered twice`);
  });
  checkTimeout(step, pointer, values, findings);
  checkInputsOf(step.form, `${pointer}/form`, findings);
  const { approvers } = step;
  if (approvers === undefined) return;
  const { users = [], groups = [], count = 1, allowStarter = true } = approvers;
  const people = new Set(users).size;
  if (groups.length === 0 && people > 0 && count > people) {
    findings.error(`${pointer}/approvers/count`, "impossible", `asks for ${count} of ${people}`);
  } else if (groups.length === 0 && people === count && !allowStarter) {
    const text = "when one of them starts the workflow, the others are too few";
    findings.warn(`${pointer}/approvers/count`, "impossible", text);
  }
}

function checkTimeout(step: StepDefinition, pointer: string, values: string[], findings: Findings): void {
  const { onTimeout } = step;
  if (onTimeout === undefined) return;
  const isWord = onTimeout === "fail" || onTimeout === "cancel";
  if (!isWord && !values.includes(onTimeout)) {
    const text = `must be fail, cancel or one of the options ${values.join(", ")}, got ${JSON.stringify(onTimeout)}`;
    findings.error(`${pointer}/onTimeout`, "not_allowed", text);
  }
  if (isWord && values.includes(onTimeout)) {
    const text = `means to ${onTimeout} the step, not the option of that name`;
    findings.warn(`${pointer}/onTimeout`, "contradiction", text);
  }
  if (step.timeout === undefined) {
    findings.warn(`${pointer}/onTimeout`, "no_effect", "never happens without a timeout");
  }
}

/** Notes what is wrong with declared inputs or the fields of a form. */
export function checkInputsOf(
  inputs: Record<string, InputDefinition> | undefined,
  pointer: string,
  findings: Findings,
): void {
  for (const [name, input] of Object.entries(inputs ?? {})) {
    const here = `${pointer}/${escapeKey(name)}`;
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      findings.warn(here, "bad_name", `in expressions it is written ["${name}"]`);
    }
    for (const { pointer: below, detail } of inputProblems(inputPlan(input))) {
      findings.error(here + below, below === "/default" ? "bad_default" : "bad_format", detail);
    }
  }
}
