import { onCleanup, onMount } from "solid-js";

/** A chord: with ⌘ or Ctrl always, with Shift when it says so. */
export interface Chord {
  key: string;
  shift?: boolean;
}

const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** A chord as this machine's keyboard writes it. */
export function chordText({ key, shift }: Chord): string {
  const name = key === "Enter" ? "↵" : key.toUpperCase();
  return isApple ? `${shift ? "⇧" : ""}⌘${name}` : `Ctrl+${shift ? "Shift+" : ""}${name}`;
}

/** Whether a key press is the chord. */
export function isChord(event: KeyboardEvent, { key, shift = false }: Chord): boolean {
  const held = event.ctrlKey || event.metaKey;
  return held && !event.altKey && event.shiftKey === shift && event.key.toLowerCase() === key.toLowerCase();
}

/** Binds chords while the component is there, wherever the focus is. */
export function useChords(bindings: readonly (Chord & { run: () => void })[]): void {
  const listen = (event: KeyboardEvent) => {
    const found = bindings.find((one) => isChord(event, one));
    if (found === undefined || event.repeat) return;
    event.preventDefault();
    event.stopPropagation();
    found.run();
  };
  // While capturing: an editor that has the focus would take Ctrl+Enter for itself.
  onMount(() => window.addEventListener("keydown", listen, { capture: true }));
  onCleanup(() => window.removeEventListener("keydown", listen, { capture: true }));
}
