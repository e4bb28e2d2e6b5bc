// Requests that a call makes of its own gateway say how deep they lie, so that what calls itself comes to an end.

import { AsyncLocalStorage } from "node:async_hooks";

const around = new AsyncLocalStorage();
let alone = null;

/** Does the work of a call; with one call at a time nothing has to be carried along. */
export function within(call, isAlone, work) {
  if (!isAlone) return around.run(call, work);
  alone = call;
  return work();
}

/** The origin of a request's target; null where it has none. */
function originOf(input) {
  const text = typeof input === "string" ? input : (input?.url ?? input?.href);
  return URL.canParse(text) ? new URL(text).origin : null;
}

const plain = globalThis.fetch;
globalThis.fetch = function fetch(input, init) {
  const head = (around.getStore() ?? alone)?.head;
  if (!head || typeof head.depth !== "number" || originOf(input) !== originOf(head.url)) {
    return plain(input, init);
  }
  const headers = new Headers(init?.headers ?? input?.headers);
  headers.set("pulse-depth", String(head.depth + 1));
  return plain(input, { ...init, headers });
};
