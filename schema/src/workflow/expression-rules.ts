import { nearestName } from "../expression/nearest-name.ts";
import { parseExpression } from "../expression/parse-expression.ts";
import { hasTemplate, parseTemplate } from "../expression/parse-template.ts";
import { type Reference, referencesOf } from "../expression/references.ts";
import type { Definition } from "./definition.ts";
import { type ExpressionPlace, placesOfDefinition, placesOfStep } from "./expression-places.ts";
import type { Findings } from "./finding.ts";
import type { StepIds } from "./step-ids.ts";
import { type ScopedStep, StepScope } from "./step-scope.ts";

/** Names that every expression knows. */
const everywhere = [
  ...["inputs", "vars", "steps", "prompts", "promptResponse", "state", "execution", "target"],
  ...["failure", "event", "secrets"],
];

/** Notes what is wrong with the conditions, expressions and templates of a definition, each with its column. */
export function checkExpressions(definition: Definition, ids: StepIds, findings: Findings): void {
  const scope = new StepScope(definition, ids);
  const check = new ExpressionCheck(definition, scope, findings);
  const { before, after } = placesOfDefinition(definition);
  for (const place of before) check.place(place, "before");
  for (const step of scope.all()) {
    for (const place of placesOfStep(step.step, step.pointer)) check.place(place, step);
  }
  for (const place of after) check.place(place, null);
}

/** Who reads: a step, nobody yet (`before`), or the whole run after its end (null). */
type Reader = ScopedStep | "before" | null;

class ExpressionCheck {
  readonly #definition: Definition;
  readonly #scope: StepScope;
  readonly #findings: Findings;
  readonly #variables: ReadonlySet<string>;

  constructor(definition: Definition, scope: StepScope, findings: Findings) {
    this.#definition = definition;
    this.#scope = scope;
    this.#findings = findings;
    const set = [...scope.all()].flatMap(({ step }) =>
      step.type === "set" ? Object.keys(step.set ?? {}) : [],
    );
    this.#variables = new Set([...Object.keys(definition.vars ?? {}), ...set]);
  }

  /** Notes what is wrong with one text. */
  place(place: ExpressionPlace, reader: Reader): void {
    const names = [...everywhere, ...place.names, ...itemNames(reader)];
    if (place.kind === "expression") {
      const read = parseExpression(place.text, { names });
      if (read.ok) this.#references(place, referencesOf(read.expression).references, 0, reader);
      else if (hasTemplate(place.text)) this.#wrapped(place);
      else this.#problems(place, read.problems);
      return;
    }
    const read = parseTemplate(place.text, { names, mode: place.kind === "command" ? "command" : "text" });
    if (!read.ok) {
      this.#problems(place, read.problems);
      return;
    }
    for (const { message, column } of read.template.lints) {
      this.#findings.warn(place.pointer, "raw_template", message, column);
    }
    for (const part of read.template.parts) {
      if (typeof part === "string") continue;
      const { references } = referencesOf(part.expression);
      this.#references(place, references, part.offset, reader);
      this.#sealed(place, part.expression.text, references, part.offset);
    }
  }

  /** What a secret is made into is known on the runner alone, where no expression is read. */
  #sealed(
    { pointer, takesSecrets }: ExpressionPlace,
    text: string,
    references: readonly Reference[],
    offset: number,
  ): void {
    if (!takesSecrets || isReference(text)) return;
    for (const { path, exact, column } of references) {
      const [root, name] = path;
      if (name === undefined) continue;
      const isInput = root === "inputs" && exact && path.length === 2;
      const isSecret = root === "secrets" || (isInput && this.#definition.inputs?.[name]?.type === "secret");
      if (!isSecret) continue;
      const whole = `${root}.${name}`;
      const advice = `a secret stands alone in its template: write \${{ ${whole} }} with the text around it`;
      this.#findings.error(pointer, "secret_out_of_place", advice, column + offset);
    }
  }

  #wrapped({ pointer, text }: ExpressionPlace): void {
    const column = text.indexOf("$") + 1;
    this.#findings.error(
      pointer,
      "expression",
      "this is an expression already: leave the template's braces out",
      column,
    );
  }

  #problems({ pointer }: ExpressionPlace, problems: readonly { message: string; column: number }[]): void {
    for (const { message, column } of problems) this.#findings.error(pointer, "expression", message, column);
  }

  #references(
    place: ExpressionPlace,
    references: readonly Reference[],
    offset: number,
    reader: Reader,
  ): void {
    for (const { path, exact, column } of references) {
      const [root = "", name = null] = path;
      const at = column + offset;
      if (root === "secrets") this.#secret(place, name, at, reader);
      if (name === null) continue;
      if (root === "steps") this.#step(place, name, at, reader);
      if (root === "inputs") this.#input(place, name, at, exact && path.length === 2, reader);
      if (root === "vars" && !this.#variables.has(name)) {
        const text = `no variable is called ${name}${guess(name, this.#variables)}`;
        this.#findings.warn(place.pointer, "unknown_variable", text, at);
      }
    }
  }

  #secret(place: ExpressionPlace, name: string | null, at: number, reader: Reader): void {
    if (!place.takesSecrets) {
      const text =
        "a secret may stand in env, headers and secrets only: its value is known on the runner alone";
      this.#findings.error(place.pointer, "secret_out_of_place", text, at);
    } else if (name === null) {
      this.#findings.error(place.pointer, "secret_out_of_place", "name the secret, as in secrets.NAME", at);
    } else if (
      typeof reader === "object" &&
      reader !== null &&
      !Object.hasOwn(reader.step.secrets ?? {}, name)
    ) {
      const text = `the step does not name ${name} in its secrets`;
      this.#findings.warn(place.pointer, "undeclared_secret", text, at);
    }
  }

  #input(place: ExpressionPlace, name: string, at: number, isWhole: boolean, reader: Reader): void {
    const declared = this.#definition.inputs ?? {};
    if (!Object.hasOwn(declared, name)) {
      const text = `no input is called ${name}${guess(name, Object.keys(declared))}`;
      this.#findings.error(place.pointer, "unknown_input", text, at);
      return;
    }
    if (declared[name]?.type !== "secret" || (place.takesSecrets && isWhole)) return;
    if (reader === "before") return;
    const text = `${name} is a secret: it may stand in env, headers and the inputs of a workflow only`;
    this.#findings.error(place.pointer, "secret_out_of_place", text, at);
  }

  #step(place: ExpressionPlace, id: string, at: number, reader: Reader): void {
    const wanted = this.#scope.get(id);
    if (wanted === undefined) {
      const byName = [...this.#scope.all()].find(({ step }) => step.name === id);
      const better =
        byName === undefined ? guess(id, this.#scope.ids()) : `; that is a name, its id is ${byName.id}`;
      this.#findings.error(place.pointer, "unknown_step", `no step has the id ${id}${better}`, at);
      return;
    }
    const seen = reader === "before" ? "later" : this.#scope.visibility(reader, wanted);
    if (seen === "yes" || (place.isAfter && (seen === "itself" || isInside(wanted, reader)))) return;
    if (seen === "perhaps") {
      const text = `${id} is not a step before this one, so it may not have run: name it in needs`;
      this.#findings.warn(place.pointer, "not_an_ancestor", text, at);
      return;
    }
    const texts = {
      itself: "this is the step itself, which has not run yet",
      around: `this step is inside of ${id}, which has not ended`,
      later: `${id} runs after this`,
      repeated: `${id} is inside of a foreach and has many results: collect them and read steps.<foreach>.outputs`,
    };
    this.#findings.error(place.pointer, "not_an_ancestor", texts[seen], at);
  }
}

/** Whether an expression is one name below another and nothing else. */
function isReference(text: string): boolean {
  return /^\s*[A-Za-z_$][\w$]*\s*(\.\s*[A-Za-z_$][\w$]*|\[\s*(["'])[^"'\\]+\2\s*\])\s*$/.test(text);
}

function isInside(wanted: ScopedStep, reader: Reader): boolean {
  for (let up = wanted.list.parent; up !== null; up = up.list.parent) if (up === reader) return true;
  return false;
}

/** The names that the `foreach` steps around a step give to their items. */
function itemNames(reader: Reader): string[] {
  const names: string[] = [];
  if (reader === null || reader === "before") return names;
  for (let up = reader.list.parent; up !== null; up = up.list.parent) {
    if (up.step.type === "foreach") names.push("item", "index", up.step.as ?? "item");
  }
  return names;
}

function guess(name: string, names: Iterable<string>): string {
  const near = nearestName(name, names);
  return near === null ? "" : `; did you mean ${near}?`;
}
