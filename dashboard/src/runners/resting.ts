import { type Accessor, createEffect, createSignal, onCleanup } from "solid-js";

const restMs = 300;

/** A text that is typed, once the typing rests. */
export function resting(text: Accessor<string>): Accessor<string> {
  const [rested, setRested] = createSignal(text());
  createEffect(() => {
    const now = text();
    const timer = setTimeout(() => setRested(now), restMs);
    onCleanup(() => clearTimeout(timer));
  });
  return rested;
}
