import { type Definition, definitionField, stepField } from "./definition.ts";
import { type Findings, pointerOf } from "./finding.ts";
import { flattenIssues, issueText, stepDepth, unknownFieldText, valueAt } from "./issue-text.ts";
import { stepTypes } from "./step-kinds.ts";
import { takesField } from "./step-table.ts";

/** What a definition may be at most. */
export const definitionLimits = {
  steps: 1000,
  /** Bytes of its JSON. */
  bytes: 1_048_576,
  /** How deep lists of steps may stand in one another. */
  lists: 10,
  /** How deep its JSON may nest. */
  depth: 100,
  /** Items of one `foreach`. */
  items: 10_000,
} as const;

const forbiddenKeys = ["__proto__", "constructor", "prototype"];
const maxRepairs = 8;

/**
 * Reads a parsed JSON value as a definition and notes everything that is not in the format. What is wrong is left out of the
 * answer, so that the rest can still be checked; null when nothing can be made of it.
 */
export function readDefinition(value: unknown, findings: Findings): Definition | null {
  if (!isSafe(value, findings)) return null;
  let copy: unknown = structuredClone(value);
  for (let pass = 0; pass < maxRepairs; pass++) {
    const read = definitionField.safeParse(copy);
    if (read.success) return read.data;
    for (const { issue, path } of flattenIssues(read.error.issues, copy)) {
      if (issue.code === "unrecognized_keys") {
        for (const key of issue.keys) noteUnknownField(value, path, key, findings, copy);
        continue;
      }
      const pointer = pointerOf(path);
      if (pass === 0 || !isExplained(findings, pointer)) {
        const { code, message } = issueText(issue, valueAt(copy, path));
        findings.error(pointer, code, message);
      }
      copy = withoutProblem(copy, path);
    }
  }
  return null;
}

/** True when an error above, at or below the place was noted already: taking that out is what made this one. */
function isExplained(findings: Findings, pointer: string): boolean {
  return (
    findings.hasErrorWithin(pointer) || findings.errors.some((one) => pointer.startsWith(`${one.pointer}/`))
  );
}

/** Notes a field that has no place there: an error, or a warning when another type of step has it. */
function noteUnknownField(
  root: unknown,
  path: readonly PropertyKey[],
  key: string,
  findings: Findings,
  copy: unknown,
): void {
  findings.error(pointerOf([...path, key]), "unknown_field", unknownFieldText(root, path, key));
  removeAt(copy, [...path, key]);
}

/** Warns of fields that mean nothing in the type of their step. */
export function warnOfForeignFields(
  step: Definition["steps"][number],
  pointer: string,
  findings: Findings,
): void {
  for (const name of stepField.keyof().options) {
    if (step[name] === undefined || takesField(step.type, name)) continue;
    findings.warn(`${pointer}/${name}`, "no_effect", `${name} means nothing in a step of type ${step.type}`);
  }
}

/** Takes out what an issue is about: a step keeps a name and a type, a list goes as a whole. */
function withoutProblem(copy: unknown, path: readonly PropertyKey[]): unknown {
  const depth = stepDepth(path);
  const key = path.at(-1);
  if (key === undefined || (path.length === 1 && key === "steps")) return { steps: [] };
  if (depth === path.length) return replaced(copy, path, { name: "?", type: "stop" });
  if (depth === path.length - 1 && key === "name") return replaced(copy, path, "?");
  if (depth === path.length - 1 && key === "type") return replaced(copy, path, stepTypes.at(-1));
  const isThere = valueAt(copy, path) !== undefined;
  if (isThere && typeof key !== "number") removeAt(copy, path);
  else if (path.length > 1) return withoutProblem(copy, path.slice(0, -1));
  return copy;
}

function replaced(copy: unknown, path: readonly PropertyKey[], value: unknown): unknown {
  const parent = valueAt(copy, path.slice(0, -1));
  if (typeof parent === "object" && parent !== null) Reflect.set(parent, path.at(-1) ?? "", value);
  return copy;
}

function removeAt(copy: unknown, path: readonly PropertyKey[]): void {
  const parent = valueAt(copy, path.slice(0, -1));
  if (typeof parent === "object" && parent !== null) Reflect.deleteProperty(parent, path.at(-1) ?? "");
}

/** Refuses what no later check should meet: keys that reach prototypes, and values that nest too deeply or are too large. */
function isSafe(value: unknown, findings: Findings): boolean {
  const before = findings.errors.length;
  let seen = 0;
  let waiting: { value: unknown; path: PropertyKey[] }[] = [{ value, path: [] }];
  while (waiting.length > 0) {
    const next: typeof waiting = [];
    for (const { value: one, path } of waiting) {
      if (typeof one !== "object" || one === null) continue;
      if (++seen > definitionLimits.bytes) {
        findings.error("", "too_large", `has more than ${definitionLimits.bytes} lists and objects`);
        return false;
      }
      if (path.length > definitionLimits.depth) {
        findings.error(pointerOf(path), "too_deep", `nests deeper than ${definitionLimits.depth} levels`);
        return false;
      }
      for (const key of Object.keys(one)) {
        if (forbiddenKeys.includes(key)) {
          findings.error(pointerOf([...path, key]), "forbidden_key", `${key} is not allowed as a name`);
          continue;
        }
        next.push({ value: Reflect.get(one, key), path: [...path, Array.isArray(one) ? Number(key) : key] });
      }
    }
    waiting = next;
  }
  const bytes = new TextEncoder().encode(JSON.stringify(value) ?? "").length;
  if (bytes > definitionLimits.bytes) {
    findings.error("", "too_large", `must be at most ${definitionLimits.bytes} bytes of JSON, is ${bytes}`);
  }
  return findings.errors.length === before;
}
