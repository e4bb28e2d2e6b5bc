import { createSignal, onCleanup, onMount } from "solid-js";
import type { Key } from "../words/words.ts";

/** Which keys they are. */
export interface PartPress {
  /** As `KeyboardEvent.key` has them; each does the same, in its own direction. */
  keys: readonly [string, ...string[]];
  shift?: boolean;
  alt?: boolean;
  /** With ⌘ or Ctrl. */
  mod?: boolean;
}

/** Keys that do something while the focus is in the part of a page that names them. */
export interface PartKey<Given = void> extends PartPress {
  /** What they do. */
  name: Key;
  /** `false`: not now, so that the key does what it does anyway. */
  run(key: string, given: Given): unknown;
}

/** Keys of a part, for those who look them up. */
export interface ListedKey extends PartPress {
  part: Key;
  name: Key;
}

const [parts, setParts] = createSignal<readonly (readonly ListedKey[])[]>([]);

/** What the parts that are on the page now listen to, each once however often the part is there. */
export function partKeys(): readonly ListedKey[] {
  const listed = new Map<string, ListedKey>();
  for (const one of parts().flat()) listed.set(JSON.stringify(one), one);
  return [...listed.values()];
}

/** Puts the keys of a part among those that are listed while it is there, and answers what listens to them. */
export function usePartKeys<Given = void>(
  part: Key,
  own: readonly PartKey<Given>[],
): (event: KeyboardEvent, given: Given) => void {
  const listed = own.map((one) => ({ ...one, part }));
  onMount(() => setParts((before) => [...before, listed]));
  onCleanup(() => setParts((before) => before.filter((one) => one !== listed)));
  return (event, given) => {
    if (event.isComposing) return;
    const meant = own.find((one) => isPressed(event, one));
    if (meant !== undefined && meant.run(event.key, given) !== false) event.preventDefault();
  };
}

/** What of a keyboard event tells which keys it is. */
type Struck = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

/** Whether a key press is meant. */
export function isPressed(
  event: Struck,
  { keys, shift = false, alt = false, mod = false }: PartPress,
): boolean {
  const isMod = event.ctrlKey || event.metaKey;
  if (event.shiftKey !== shift || event.altKey !== alt || isMod !== mod) return false;
  return keys.some((key) => key.toLowerCase() === event.key.toLowerCase());
}
