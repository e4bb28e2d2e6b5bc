import { nearestName } from "../expression/nearest-name.ts";
import type { FieldProblem } from "../problem.ts";
import { escapeKey } from "./finding.ts";
import { optionValues, readInputValue, type ValueForm } from "./input-value.ts";
import type { InputPlan } from "./plan.ts";
import { safePattern } from "./safe-pattern.ts";

/**
 * Checks given values against declared inputs (or a prompt's form) and fills in defaults. An input that is optional and has
 * neither value nor default is null; null counts as not given. Pointers are `/name`. A value of type `secret` becomes a mark
 * that names the secret. `form` is `text` when every value came as text, as from a command line.
 */
export function checkInputs(
  declared: Readonly<Record<string, InputPlan>>,
  given: Readonly<Record<string, unknown>>,
  form: ValueForm = "json",
): { values: Record<string, unknown>; problems: FieldProblem[] } {
  const values: [string, unknown][] = [];
  const problems: FieldProblem[] = [];
  const note = (name: string, detail: string) => problems.push({ pointer: `/${escapeKey(name)}`, detail });
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(declared, name)) continue;
    const near = nearestName(name, Object.keys(declared));
    note(name, `is not an input${near === null ? "" : `; did you mean ${near}?`}`);
  }
  for (const [name, input] of Object.entries(declared)) {
    const value = Object.hasOwn(given, name) ? (given[name] ?? null) : null;
    if (
      value === null ||
      (form === "text" && value === "" && input.type !== "string" && input.type !== "text")
    ) {
      if (input.default === undefined && input.required) note(name, "is required");
      values.push([name, defaultOf(input)]);
      continue;
    }
    const read = readInputValue(input, value, form);
    if ("problem" in read) note(name, read.problem);
    else if (input.required && read.value === "") note(name, "is required, so it must not be empty");
    else values.push([name, read.value]);
  }
  return { values: Object.fromEntries(values), problems };
}

function defaultOf(input: InputPlan): unknown {
  if (input.default === undefined || input.default === null) return null;
  const read = readInputValue(input, input.default, "json");
  return "value" in read ? read.value : null;
}

/** What is wrong with the declaration of one input; pointers are below the input, such as `/default`. */
export function inputProblems(input: InputPlan): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const note = (pointer: string, detail: string) => problems.push({ pointer, detail });
  const isChoice = input.type === "choice" || input.type === "multichoice";
  if (isChoice && input.options.length === 0) note("/options", `a ${input.type} needs options`);
  if (!isChoice && input.options.length > 0) note("/options", `only choice and multichoice have options`);
  const values = optionValues(input);
  values.forEach((one, i) => {
    if (typeof one !== "string" && typeof one !== "number" && typeof one !== "boolean") {
      note(`/options/${i}`, "must be text, a number, a boolean, or an object with such a value");
    } else if (values.indexOf(one) < i) note(`/options/${i}`, `${one} is there twice`);
  });
  if (input.min !== null && input.max !== null && input.min > input.max) {
    note("/max", `must not be below min, ${input.min}`);
  }
  if (input.pattern !== null) {
    const read = safePattern(input.pattern);
    if ("problem" in read) note("/pattern", read.problem);
  }
  if (input.default === undefined || input.default === null || problems.length > 0) return problems;
  const read = readInputValue(input, input.default, "json");
  if ("problem" in read) note("/default", read.problem);
  return problems;
}
