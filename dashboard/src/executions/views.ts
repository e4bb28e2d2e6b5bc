import { createSignal } from "solid-js";

/** A filter that is kept in this browser under a name. */
export interface SavedView {
  name: string;
  filter: string;
}

const stored = "pulse.views.executions";
const viewsMost = 50;

/** Reads what was kept; what is no list of views is none. */
export function readViews(text: string | null): SavedView[] {
  try {
    const read: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(read) ? read.filter(isView).slice(0, viewsMost) : [];
  } catch {
    return [];
  }
}

function isView(one: unknown): one is SavedView {
  return (
    typeof one === "object" &&
    one !== null &&
    typeof Reflect.get(one, "name") === "string" &&
    typeof Reflect.get(one, "filter") === "string"
  );
}

const [views, setViews] = createSignal(readViews(localStorage.getItem(stored)));

/** The kept views, by name. */
export { views };

/** Keeps a filter under a name, in place of one that had it. */
export function keepView(name: string, filter: string): void {
  keep([...views().filter((one) => one.name !== name), { name, filter }]);
}

/** Forgets a view. */
export function forgetView(name: string): void {
  keep(views().filter((one) => one.name !== name));
}

function keep(next: SavedView[]): void {
  const sorted = next.toSorted((one, other) => one.name.localeCompare(other.name)).slice(0, viewsMost);
  setViews(sorted);
  localStorage.setItem(stored, JSON.stringify(sorted));
}
