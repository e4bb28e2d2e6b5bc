/** A chord: with ⌘ or Ctrl always, with Shift when it says so. */
export interface Chord {
  key: string;
  shift?: boolean;
}

/** Plain keys, one after the other; never while one types. */
export interface Sequence {
  keys: readonly [string, ...string[]];
}

export type Press = Chord | Sequence;

/** What of a keyboard event tells which keys it is. */
export type Struck = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

/** Whether a press is plain keys. */
export function isSequence(press: Press): press is Sequence {
  return "keys" in press;
}

/** Whether a key press is the chord. */
export function isChord(event: Struck, { key, shift = false }: Chord): boolean {
  const held = event.ctrlKey || event.metaKey;
  return held && !event.altKey && event.shiftKey === shift && event.key.toLowerCase() === key.toLowerCase();
}

/**
 * How far plain keys have come with one more: the sequence that is whole, or the keys that may still become one (none: they lead nowhere, so that the
 * key is tried as the first).
 */
export function afterKey<S extends Sequence>(
  before: readonly string[],
  key: string,
  sequences: readonly S[],
): { whole: S | null; keys: readonly string[] } {
  const keys = [...before, key];
  const begun = sequences.filter((one) => keys.every((pressed, at) => one.keys[at] === pressed));
  const whole = begun.find((one) => one.keys.length === keys.length);
  if (whole !== undefined) return { whole, keys: [] };
  if (begun.length > 0) return { whole: null, keys };
  return before.length === 0 ? { whole: null, keys: [] } : afterKey([], key, sequences);
}

/** A press as a keyboard writes it; `isApple`: with the signs of a Mac. */
export function pressText(press: Press, isApple: boolean): string {
  if (isSequence(press)) return press.keys.join(" ");
  const name = press.key === "Enter" ? "↵" : press.key.toUpperCase();
  return isApple ? `${press.shift ? "⇧" : ""}⌘${name}` : `Ctrl+${press.shift ? "Shift+" : ""}${name}`;
}
