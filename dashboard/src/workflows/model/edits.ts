import { isObject, type Json, type Path } from "./read-text.ts";

/** One change of a definition. A `list` need not be there yet. */
export type Edit =
  | { kind: "insert"; list: Path; at: number; step: Json }
  | { kind: "remove"; step: Path }
  | { kind: "duplicate"; step: Path }
  /** `at` counts in the list as it is before the change. */
  | { kind: "move"; step: Path; list: Path; at: number }
  /** Undefined takes the value away. */
  | { kind: "set"; at: Path; value: unknown };

/** What an edit does to a tree, whatever the tree is made of. */
export interface Tree<Node> {
  /** Null: there is nothing. */
  get(path: Path): Node | null;
  take(path: Path): Node | null;
  put(list: Path, at: number, node: Node): void;
  set(path: Path, value: unknown): void;
  copy(node: Node): Node;
  made(value: unknown): Node;
  plain(node: Node): unknown;
  /** Changes a text inside a node that is not in the tree yet. */
  rename(node: Node, path: Path, text: string): Node;
}

/** Makes an edit in a tree; returns where the step that it was about stands now, null when it is gone or nothing was done. */
export function perform<Node>(tree: Tree<Node>, edit: Edit, taken: TakenNames): Path | null {
  switch (edit.kind) {
    case "set":
      tree.set(edit.at, edit.value);
      return null;
    case "insert":
      tree.put(edit.list, edit.at, tree.made(edit.step));
      return [...edit.list, edit.at];
    case "remove":
      tree.take(edit.step);
      return null;
    case "duplicate": {
      const node = tree.get(edit.step);
      const [list, at] = placeOf(edit.step);
      if (node === null) return null;
      let copy = tree.copy(node);
      for (const [path, text] of freshNames(tree.plain(node), taken)) copy = tree.rename(copy, path, text);
      tree.put(list, at + 1, copy);
      return [...list, at + 1];
    }
    case "move": {
      if (startsWith(edit.list, edit.step)) return null;
      const node = tree.take(edit.step);
      if (node === null) return null;
      const to = after([...edit.list, edit.at], edit.step);
      const [list, at] = placeOf(to);
      tree.put(list, at, node);
      return to;
    }
  }
}

/** The list that a step is in and its place there. */
export function placeOf(step: Path): [list: Path, at: number] {
  return [step.slice(0, -1), Number(step.at(-1))];
}

/** Whether a path is another one or leads on from it. */
export function startsWith(path: Path, start: Path): boolean {
  return start.every((key, i) => path[i] === key);
}

/** Where a path leads when a step before it is gone. */
export function after(path: Path, gone: Path): Path {
  const [list, at] = placeOf(gone);
  const own = path[list.length];
  const isLater = startsWith(path, list) && typeof own === "number" && own > at;
  return isLater ? path.with(list.length, own - 1) : path;
}

/** The ids and names that steps of a definition have. */
export interface TakenNames {
  ids: ReadonlySet<string>;
  names: ReadonlySet<string>;
}

/** Collects the ids and names of all steps in a definition. */
export function takenNames(definition: unknown): TakenNames {
  const ids = new Set<string>();
  const names = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    if (!isObject(value)) return;
    if (typeof value.id === "string") ids.add(value.id);
    if (typeof value.name === "string") names.add(value.name);
    Object.values(value).forEach(visit);
  };
  visit(definition);
  return { ids, names };
}

/** New ids for a copied step and what is in it, and a new name for it alone: nothing in a definition has the same twice. */
function freshNames(step: unknown, taken: TakenNames): [Path, string][] {
  const ids = new Set(taken.ids);
  const found: [Path, string][] = [];
  const visit = (value: unknown, path: Path): void => {
    if (Array.isArray(value)) value.forEach((one, i) => void visit(one, [...path, i]));
    if (!isObject(value)) return;
    if (typeof value.id === "string" && typeof value.type === "string") {
      const id = free(value.id, "_", ids);
      ids.add(id);
      found.push([[...path, "id"], id]);
    }
    for (const [key, one] of Object.entries(value)) visit(one, [...path, key]);
  };
  visit(step, []);
  if (isObject(step) && typeof step.name === "string")
    found.push([["name"], free(step.name, " ", taken.names)]);
  return found;
}

/** A text with a number behind it that nothing has yet. */
export function free(wanted: string, joint: string, taken: ReadonlySet<string>): string {
  for (let n = 2; ; n++) if (!taken.has(`${wanted}${joint}${n}`)) return `${wanted}${joint}${n}`;
}
