/** One way to name runners. */
export type TargetAtom =
  | { kind: "all" }
  /** A bare name: exact runner name, else pool, else label key, the first that fits. */
  | { kind: "bare"; name: string }
  /** A runner's name, where `*` is any run of characters and `?` is one. */
  | { kind: "name"; pattern: string }
  | { kind: "group"; pool: string }
  /** `tag:docker` is the label `docker`, whatever its value; `label:env=prod` asks for the value too. */
  | { kind: "label"; key: string; value: string | null }
  /** Targets on which the step before failed, or on which it was started at all. */
  | { kind: "failed" }
  | { kind: "touched" };

/** A target expression of a `select` list: an atom, or the exclusion of one. */
export interface Target {
  excluded: boolean;
  atom: TargetAtom;
}

/** What is wrong with a text, and at which column (from 1). */
export interface TargetProblem {
  message: string;
  column: number;
}

const namePattern = /^[A-Za-z0-9._-]+$/;
const globPattern = /^[A-Za-z0-9._*?-]+$/;
const keyPattern = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/;

/** Reads one entry of `select`, such as `all`, `web-1`, `group:web`, `!tag:frozen`, `label:env=prod` or `@failed`. */
export function parseTarget(text: string): { target: Target } | { problem: TargetProblem } {
  const trimmed = text.trim();
  const start = text.indexOf(trimmed) + 1;
  const excluded = trimmed.startsWith("!");
  const rest = excluded ? trimmed.slice(1).trimStart() : trimmed;
  const column = start + trimmed.length - rest.length;
  const read = parseAtom(rest);
  if ("message" in read) return { problem: { message: read.message, column } };
  return { target: { excluded, atom: read.atom } };
}

/** Reads one atom: a target without `!`. */
export function parseAtom(text: string): { atom: TargetAtom } | { message: string } {
  if (text === "") return { message: "a target is missing here" };
  if (text === "all") return { atom: { kind: "all" } };
  if (text.startsWith("@")) {
    if (text === "@failed") return { atom: { kind: "failed" } };
    if (text === "@touched") return { atom: { kind: "touched" } };
    return { message: `${text} is not known: there are @failed and @touched` };
  }
  const colon = text.indexOf(":");
  if (colon < 0) {
    if (namePattern.test(text)) return { atom: { kind: "bare", name: text } };
    const hint = globPattern.test(text) ? `: for a pattern write name:${text}` : "";
    return { message: `${JSON.stringify(text)} is not a name of letters, digits, . _ and -${hint}` };
  }
  return prefixed(text.slice(0, colon), text.slice(colon + 1));
}

function prefixed(prefix: string, value: string): { atom: TargetAtom } | { message: string } {
  if (value === "") return { message: `${prefix}: needs a name behind it` };
  switch (prefix) {
    case "name":
      if (!globPattern.test(value))
        return { message: `${value} is not a runner's name or a pattern with * and ?` };
      return { atom: { kind: "name", pattern: value } };
    case "group":
      if (!namePattern.test(value)) return { message: `${value} is not the name of a pool` };
      return { atom: { kind: "group", pool: value } };
    case "tag":
      if (!keyPattern.test(value)) return { message: `${value} is not a label's key` };
      return { atom: { kind: "label", key: value, value: null } };
    case "label": {
      const [key = "", ...rest] = value.split("=");
      if (!keyPattern.test(key)) return { message: `${key} is not a label's key` };
      return { atom: { kind: "label", key, value: rest.length === 0 ? null : rest.join("=") } };
    }
    default:
      return { message: `${prefix}: is not known: there are name:, group:, tag: and label:` };
  }
}

/** The text that `parseTarget` reads as this target. */
export function targetText({ excluded, atom }: Target): string {
  return `${excluded ? "!" : ""}${atomText(atom)}`;
}

function atomText(atom: TargetAtom): string {
  switch (atom.kind) {
    case "all":
      return "all";
    case "bare":
      return atom.name;
    case "name":
      return `name:${atom.pattern}`;
    case "group":
      return `group:${atom.pool}`;
    case "label":
      return atom.value === null ? `tag:${atom.key}` : `label:${atom.key}=${atom.value}`;
    case "failed":
      return "@failed";
    case "touched":
      return "@touched";
  }
}
