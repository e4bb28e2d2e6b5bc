import { evaluate } from "@pulse/schema/expression/evaluate";
import { type Expression, parseExpression } from "@pulse/schema/expression/parse-expression";
import { hasTemplate, parseTemplate, type TemplateMode } from "@pulse/schema/expression/parse-template";
import { type Reference, referencesOf } from "@pulse/schema/expression/references";
import { renderTemplate } from "@pulse/schema/expression/render-template";
import { Work } from "@pulse/schema/expression/work";

/** What comes of a text before the run: its value, or what has to happen before it has one. */
export interface Foreseen {
  /** Absent when nothing of it is known. */
  value?: unknown;
  dependsOn: string[];
  problem: string | null;
}

type Names = Readonly<Record<string, unknown>>;

/** What is known at one place: names with their values, and whether a path below them is known. */
export interface Known {
  names: Names;
  knows(path: readonly string[], exact: boolean): boolean;
}

/** How the run stands is not known before it runs; `always()` is true whatever happens. */
const ofTheRun: ReadonlySet<string> = new Set(["success", "failed", "cancelled"]);
/** All expressions of a plan together. */
const workMost = 2_000_000;

/** Reads the texts of a definition with what is known before the run. */
export class Foresight {
  readonly #now: number;
  readonly #work = new Work(workMost);

  constructor(now: number) {
    this.#now = now;
  }

  /** What an expression gives. */
  expression(text: string, known: Known): Foreseen {
    const read = parseExpression(text);
    if (!read.ok) return { dependsOn: [], problem: read.problems[0]?.message ?? "it cannot be read" };
    return this.#decided(read.expression, known);
  }

  /** What a text with templates gives; the parts that are not known stay as they are written. */
  text(text: string, mode: TemplateMode, known: Known): Foreseen {
    if (!hasTemplate(text)) return { value: text, dependsOn: [], problem: null };
    const read = parseTemplate(text, { mode });
    if (!read.ok) return { dependsOn: [], problem: read.problems[0]?.message ?? "it cannot be read" };
    const { template } = read;
    const dependsOn: string[] = [];
    const kept: string[] = [];
    const parts = template.parts.map((part) => {
      if (typeof part === "string") return part;
      const missing = missingOf(part.expression, known);
      if (missing.length === 0) return part;
      dependsOn.push(...missing);
      kept.push(`\${{ ${part.expression.text.trim()} }}`);
      return `${open}${kept.length - 1}${close}`;
    });
    if (kept.length === parts.length) return { dependsOn: unique(dependsOn), problem: null };
    const made = renderTemplate({ ...template, parts }, known.names, { now: this.#now, budget: this.#work });
    if (!made.ok) return { dependsOn: unique(dependsOn), problem: made.problem.message };
    const value = typeof made.value === "string" ? putBack(made.value, kept) : asJson(made.value);
    return { value, dependsOn: unique(dependsOn), problem: null };
  }

  /** The value of an expression when it is known, be it because the part that is not known does not matter. */
  #decided(expression: Expression, known: Known): Foreseen {
    const missing = missingOf(expression, known);
    if (missing.length === 0) {
      const made = evaluate(expression, known.names, { now: this.#now, budget: this.#work });
      return made.ok
        ? { value: asJson(made.value), dependsOn: [], problem: null }
        : { dependsOn: [], problem: made.problem.message };
    }
    const { root, text } = expression;
    if (root.kind === "logical" && root.operator !== "??") {
      const left = this.#decided({ text, root: root.left }, known);
      if (!("value" in left)) return { dependsOn: unique(missing), problem: left.problem };
      if (Boolean(left.value) === (root.operator === "||")) return left;
      return this.#decided({ text, root: root.right }, known);
    }
    return { dependsOn: unique(missing), problem: null };
  }
}

/** Characters of private use: no definition that people read has them. */
const open = "\ue000";
const close = "\ue001";

function putBack(text: string, kept: readonly string[]): string {
  return text.replace(/\ue000(\d+)\ue001/g, (whole, i: string) => kept[Number(i)] ?? whole);
}

/** What an expression reads or calls that is not known, as people write it. */
function missingOf(expression: Expression, known: Known): string[] {
  const { references, functions } = referencesOf(expression);
  return [
    ...references.filter(({ path, exact }) => !known.knows(path, exact)).map(written),
    ...functions.filter((name) => ofTheRun.has(name)).map((name) => `${name}()`),
  ];
}

function written({ path }: Reference): string {
  return path.slice(0, path[0] === "steps" ? 3 : 2).join(".");
}

function unique(list: readonly string[]): string[] {
  return [...new Set(list)];
}

function asJson(value: unknown): unknown {
  return value === undefined ? null : JSON.parse(JSON.stringify(value));
}
