import type { Tree } from "./edits.ts";
import { isObject, type Path, unshared } from "./read-text.ts";

/** A definition as JSON values, to be edited in place. */
export function plainTree(root: unknown): Tree<unknown> {
  const get = (path: Path): unknown => path.reduce<unknown>((value, key) => memberOf(value, key), root);
  const set = (path: Path, value: unknown): void => {
    const key = path.at(-1);
    const around = holder(path);
    if (Array.isArray(around) && typeof key === "number") {
      if (value === undefined) around.splice(key, 1);
      else around[key] = value;
    } else if (isObject(around) && key !== undefined) {
      if (value === undefined) delete around[key];
      else around[String(key)] = value;
    }
  };
  /** What a path's last key is in; made when it is not there. */
  const holder = (path: Path): unknown => {
    const up = path.slice(0, -1);
    const found = get(up);
    if ((found !== undefined && found !== null) || up.length === 0) return found;
    const made = typeof path.at(-1) === "number" ? [] : {};
    set(up, made);
    return made;
  };
  return {
    get: (path) => get(path) ?? null,
    take(path) {
      const found = get(path) ?? null;
      if (found !== null) set(path, undefined);
      return found;
    },
    put(list, at, node) {
      const items = holder([...list, at]);
      if (Array.isArray(items)) items.splice(at, 0, node);
    },
    set(path, value) {
      if (value === undefined && get(path) === undefined) return;
      set(path, value);
    },
    copy: (node) => structuredClone(node),
    made: (value) => unshared(value),
    plain: (node) => node,
    rename(node, path, text) {
      plainTree(node).set(path, text);
      return node;
    },
  };
}

function memberOf(value: unknown, key: string | number): unknown {
  if (Array.isArray(value)) return typeof key === "number" ? value[key] : undefined;
  return isObject(value) && Object.hasOwn(value, key) ? value[String(key)] : undefined;
}
