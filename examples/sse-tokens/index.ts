import { setTimeout as pause } from "node:timers/promises";

interface Input {
  text?: string;
  delayMs?: number | string;
}

const sample =
  "Each word of this sentence leaves as an event of its own, as the tokens of a language model do.";

/** Streams the words of a text as server-sent events, one every `delayMs` (default 50), then `done`. Stops when the caller leaves. */
export async function* handler({ text = sample, delayMs = 50 }: Input, ctx: { signal: AbortSignal }) {
  const tokens = text.match(/\S+\s*/g) ?? [];
  for (const token of tokens) {
    yield { event: "token", data: token };
    await pause(Math.min(Number(delayMs) || 0, 5000), undefined, { signal: ctx.signal });
  }
  yield { event: "done", data: JSON.stringify({ tokens: tokens.length }) };
}
