import { readEvents, type SentEvent } from "./sse.ts";

/** `live`: what comes is told. `reconnecting`: the stream broke off and is being opened again. `closed`: it could not be opened several times. */
export type StreamState = "connecting" | "live" | "reconnecting" | "closed";

/** Where a stream comes from, and who hears of it. */
export interface Kept {
  /** Opens the stream behind an id (null: from now on). Anything but a 2xx is a refusal. */
  open(after: string | null, signal: AbortSignal): Promise<Response>;
  /** The id behind which to begin. */
  after: string | null;
  onEvent(event: SentEvent): void;
  onState(state: StreamState): void;
  /** The gateway answered, but with no stream. */
  onRefused(status: number): void;
  /** A stream that says nothing for this long is dead, though nothing says so; the gateway says something every 15 s. */
  silentMs?: number;
  /** How long to wait before the next try. */
  pauseMs?(tries: number): number;
  /** Fires `online` when waiting makes no sense any longer. */
  network?: EventTarget;
}

const silentMs = 40_000;
const triesUntilClosed = 3;
const slowestMs = 15_000;
const doubling = (tries: number) => Math.min(500 * 2 ** tries, slowestMs);

/**
 * Keeps one stream of events open until the signal fires: whenever it breaks off, is silent, or is refused, it is opened again behind the last id that
 * came, so that nothing is missed.
 */
export async function keepOpen(kept: Kept, signal: AbortSignal): Promise<void> {
  let after = kept.after;
  let tries = 0;
  while (!signal.aborted) {
    const attempt = new AbortController();
    const stop = () => attempt.abort();
    signal.addEventListener("abort", stop, { once: true });
    let silence: ReturnType<typeof setTimeout> | undefined;
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(stop, kept.silentMs ?? silentMs);
    };
    heard();
    try {
      const response = await kept.open(after, attempt.signal);
      if (!response.ok || response.body === null) {
        kept.onRefused(response.status);
        await response.body?.cancel();
      } else {
        kept.onState("live");
        for await (const event of readEvents(response.body)) {
          heard();
          tries = 0;
          if (event.id !== "") after = event.id;
          if (event.data !== null) kept.onEvent(event);
        }
      }
    } catch {
      // Whatever ended it (a dead line, a proxy, the silence above): what follows is the next try.
    } finally {
      clearTimeout(silence);
      signal.removeEventListener("abort", stop);
    }
    if (signal.aborted) return;
    kept.onState(tries >= triesUntilClosed ? "closed" : "reconnecting");
    await pause((kept.pauseMs ?? doubling)(tries), signal, kept.network);
    tries += 1;
  }
}

function pause(ms: number, signal: AbortSignal, network: EventTarget | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      network?.removeEventListener("online", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
    network?.addEventListener("online", end);
  });
}
