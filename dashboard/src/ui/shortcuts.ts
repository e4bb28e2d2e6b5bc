import { createSignal, onCleanup, onMount } from "solid-js";
import type { Key } from "../words/words.ts";
import { afterKey, isChord, isSequence, type Press, pressText, type Sequence } from "./presses.ts";

/** Keys that do something while the part that names them is shown. */
export interface Shortcut {
  press: Press;
  /** What it does. */
  name: Key;
  run: () => void;
}

/** Keys of a sequence that come later than this after each other are none. */
const togetherMs = 1500;
const stored = "pulse.plain-keys";
const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent);

const [shortcuts, setShortcuts] = createSignal<readonly Shortcut[]>([]);
const [hasPlainKeys, setPlainKeys] = createSignal(localStorage.getItem(stored) !== "off");

/** Every shortcut that works now, those of the frame first: the one registry that the keyboard and the sheet of shortcuts read. */
export { hasPlainKeys, shortcuts };

/** Whether keys without ⌘ or Ctrl do something; the choice is kept in this browser. */
export function choosePlainKeys(isOn: boolean): void {
  setPlainKeys(isOn);
  if (isOn) localStorage.removeItem(stored);
  else localStorage.setItem(stored, "off");
}

/** A press as this machine's keyboard writes it. */
export function keysText(press: Press): string {
  return pressText(press, isApple);
}

/** Puts shortcuts into the registry while the component is there. Chords work wherever the focus is, plain keys only where nobody types and no dialog is open. */
export function useShortcuts(own: readonly Shortcut[]): void {
  onMount(() => {
    if (shortcuts().length === 0) listen(true);
    setShortcuts((before) => [...before, ...own]);
  });
  onCleanup(() => {
    setShortcuts((before) => before.filter((one) => !own.includes(one)));
    if (shortcuts().length === 0) listen(false);
  });
}

// While capturing: an editor that has the focus would take Ctrl+Enter for itself.
function listen(isOn: boolean): void {
  if (isOn) window.addEventListener("keydown", onKey, { capture: true });
  else window.removeEventListener("keydown", onKey, { capture: true });
}

const heldMs = 5000;
let typing: { text: string; sinceMs: number } | null = null;

/** Keeps what is typed from now on for a field that is on its way, 5 s at most: until then keys do nothing else. */
export function holdTyping(): void {
  typing = { text: "", sinceMs: performance.now() };
}

/** What was typed meanwhile; from now on keys do what they do. */
export function releaseTyping(): string {
  const text = typing?.text ?? "";
  typing = null;
  return text;
}

/** Whether a key was kept for the field that is on its way. */
function isHeld({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  if (typing === null || performance.now() - typing.sinceMs > heldMs) return false;
  if (ctrlKey || metaKey || altKey) return false;
  if (key === "Backspace") typing.text = typing.text.slice(0, -1);
  else if ([...key].length === 1) typing.text += key;
  else return false;
  return true;
}

let held: { keys: readonly string[]; at: number } = { keys: [], at: 0 };

function onKey(event: KeyboardEvent): void {
  if (event.isComposing) return;
  if (isHeld(event)) {
    event.preventDefault();
    return;
  }
  if (event.repeat) return;
  // Of two with the same keys the page's own, which came later.
  const chord = shortcuts().findLast(({ press }) => !isSequence(press) && isChord(event, press));
  if (chord !== undefined) {
    take(event, chord);
    return;
  }
  if (!hasPlainKeys() || event.ctrlKey || event.metaKey || event.altKey || isElsewhere(event)) return;
  if (event.key === "Shift") return;
  const sequences = shortcuts().filter((one): one is Shortcut & { press: Sequence } => isSequence(one.press));
  const before = event.timeStamp - held.at > togetherMs ? [] : held.keys;
  const next = afterKey(
    before,
    event.key,
    sequences.map((one) => ({ keys: one.press.keys, one })),
  );
  held = { keys: next.keys, at: event.timeStamp };
  if (next.whole !== null) take(event, next.whole.one);
}

function take(event: KeyboardEvent, { run }: Shortcut): void {
  event.preventDefault();
  event.stopPropagation();
  run();
}

/** Whether the key goes into a text, or to a dialog that is open. */
function isElsewhere(event: KeyboardEvent): boolean {
  const [target] = event.composedPath();
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return true;
  return document.querySelector("[role=dialog], [role=alertdialog]") !== null;
}
