import type { TargetAtom } from "./target-text.ts";
import type { TargetTree } from "./target-tree.ts";

/** A runner as targets see it. */
export interface FleetRunner {
  id: string;
  name: string;
  pool: string;
  labels: Readonly<Record<string, string>>;
  os: string | null;
  arch: string | null;
  cpus: number | null;
  /** `cpu` from 0 to 1, sizes in bytes; null while the runner has reported none. */
  metrics: { cpu: number; memFree: number; memTotal: number; load1: number; diskFree: number } | null;
  /** `unreachable` is an absence of under 5 minutes. */
  presence: "online" | "unreachable" | "offline";
  state: "active" | "draining" | "maintenance";
  running: number;
  slots: number;
}

/** Names of runners that the step before failed on, or was started on. */
export interface TargetPast {
  failed: readonly string[];
  touched: readonly string[];
}

/** What a bare name means in a fleet: an exact runner name before a pool, a pool before a label's key; null for nothing. */
export function meaningOf(name: string, fleet: readonly FleetRunner[]): "name" | "group" | "tag" | null {
  if (fleet.some((runner) => runner.name === name)) return "name";
  if (fleet.some((runner) => runner.pool === name)) return "group";
  return fleet.some((runner) => Object.hasOwn(runner.labels, name)) ? "tag" : null;
}

/** A test for the runners of a fleet that a tree means. */
export function chooser(
  tree: TargetTree,
  fleet: readonly FleetRunner[],
  past: TargetPast,
): (runner: FleetRunner) => boolean {
  if (tree.kind === "atom") return atomTest(tree.atom, fleet, past);
  if (tree.kind === "not") {
    const inner = chooser(tree.inner, fleet, past);
    return (runner) => !inner(runner);
  }
  const parts = tree.parts.map((part) => chooser(part, fleet, past));
  return tree.kind === "and"
    ? (runner) => parts.every((part) => part(runner))
    : (runner) => parts.some((part) => part(runner));
}

function atomTest(
  atom: TargetAtom,
  fleet: readonly FleetRunner[],
  past: TargetPast,
): (runner: FleetRunner) => boolean {
  switch (atom.kind) {
    case "all":
      return () => true;
    case "bare": {
      const meaning = meaningOf(atom.name, fleet);
      if (meaning === "name") return ({ name }) => name === atom.name;
      if (meaning === "group") return ({ pool }) => pool === atom.name;
      return meaning === "tag" ? ({ labels }) => Object.hasOwn(labels, atom.name) : () => false;
    }
    case "name": {
      const matches = globTest(atom.pattern);
      return ({ name }) => matches(name);
    }
    case "group":
      return ({ pool }) => pool === atom.pool;
    case "label":
      return ({ labels }) =>
        Object.hasOwn(labels, atom.key) && (atom.value === null || labels[atom.key] === atom.value);
    case "failed":
      return ({ name }) => past.failed.includes(name);
    case "touched":
      return ({ name }) => past.touched.includes(name);
  }
}

/** A test for names that match a pattern with `*` (any run of characters) and `?` (one); takes time in pattern × name at most. */
export function globTest(pattern: string): (name: string) => boolean {
  return (name) => {
    let [p, n, star, mark] = [0, 0, -1, 0];
    while (n < name.length) {
      if (pattern[p] === "*") [star, p, mark] = [p, p + 1, n];
      else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === name[n])) [p, n] = [p + 1, n + 1];
      else if (star >= 0) [p, mark, n] = [star + 1, mark + 1, mark + 1];
      else return false;
    }
    return /^\**$/.test(pattern.slice(p));
  };
}
