import { createSignal, For, type JSX } from "solid-js";

const staysMs = 5000;
const [toasts, setToasts] = createSignal<readonly { id: number; text: string }[]>([]);
let lastId = 0;

/** Says something shortly at the edge of the page, and to screen readers. */
export function say(text: string): void {
  lastId += 1;
  const id = lastId;
  setToasts((before) => [...before.slice(-2), { id, text }]);
  setTimeout(() => setToasts((before) => before.filter((one) => one.id !== id)), staysMs);
}

/** Where what is said appears. Once in the page, always there, so that it is announced. */
export function Toasts(): JSX.Element {
  return (
    <div role="status" class="pointer-events-none fixed right-4 bottom-4 z-50 grid justify-items-end gap-2">
      <For each={toasts()}>
        {(one) => (
          <p class="max-w-sm rounded-md border border-edge bg-ink px-3 py-2 text-surface shadow-lg">
            {one.text}
          </p>
        )}
      </For>
    </div>
  );
}
