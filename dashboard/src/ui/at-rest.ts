/** So long nothing was scrolled: somebody who drags a long list through has each frame for it. */
const restMs = 500;

// Safari has none.
const whenIdle = globalThis.requestIdleCallback ?? ((act: () => void) => setTimeout(act, 50));
let scrolledAt = Number.NEGATIVE_INFINITY;
addEventListener("scroll", () => (scrolledAt = performance.now()), { capture: true, passive: true });

/** Calls back, once, when the browser has nothing to do and nothing was scrolled for a moment. */
export function whenAtRest(act: () => void): void {
  const leftMs = scrolledAt + restMs - performance.now();
  if (leftMs > 0) setTimeout(() => whenAtRest(act), leftMs);
  else whenIdle(() => (performance.now() - scrolledAt < restMs ? whenAtRest(act) : act()));
}
