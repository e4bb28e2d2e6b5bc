import { createSignal } from "solid-js";

const [isReachable, setReachable] = createSignal(true);

/** Whether the last call got any answer from the gateway. */
export { isReachable };

/** A call got an answer. */
export function noteAnswer(): void {
  setReachable(true);
}

/** A call got none. */
export function noteUnreachable(): void {
  setReachable(false);
}
