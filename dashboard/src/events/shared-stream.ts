import { type Kept, keepOpen, type StreamState } from "./keep-open.ts";
import type { SentEvent } from "./sse.ts";

/** What tabs tell each other. `at` is the last id that the sender has seen. */
type Told =
  | { kind: "hello" }
  | { kind: "event"; event: SentEvent }
  | { kind: "state"; state: StreamState; at: string | null };

export interface Shared extends Pick<Kept, "open" | "onRefused"> {
  /** Whose stream of what it is. Tabs share one when they say the same: those of an older dashboard, or of who was signed in before, have their own. */
  of: string;
  onEvent(event: SentEvent): void;
  onState(state: StreamState): void;
  /** Something may have been missed: what was read before may be old. */
  onGap(): void;
}

/** The leading tab says something at least every 15 s; one that was put to sleep says nothing. */
const leaderSilentMs = 45_000;

/**
 * One stream for all tabs of this browser, until the signal fires: the tab that holds a lock has the connection and passes on what comes; when it closes,
 * or sleeps while another tab is looked at, the next one goes on behind the last id. Where locks are not to be had (a page without TLS), every tab has
 * a connection of its own.
 */
export function shareStream(shared: Shared, signal: AbortSignal): void {
  const name = `pulse.events ${shared.of}`;
  const channel = new BroadcastChannel(name);
  let last: string | null = null;
  let state: StreamState = "connecting";
  let isLeader = false;
  let heardAt = Date.now();

  const tell = (told: Told) => {
    if (!signal.aborted) channel.postMessage(told);
  };
  const take = (event: SentEvent) => {
    if (event.id !== "") last = event.id;
    if (event.event === "reset") shared.onGap();
    // What was read before the stream began may be older than its beginning.
    else if (event.event === "ready" && event.data !== '{"resumed":true}') shared.onGap();
    else if (event.event !== "ready") shared.onEvent(event);
  };
  const become = (next: StreamState) => {
    state = next;
    shared.onState(next);
  };

  const lead = async (until: AbortSignal) => {
    isLeader = true;
    const kept: Kept = {
      open: shared.open,
      onRefused: shared.onRefused,
      after: last,
      network: window,
      onEvent(event) {
        take(event);
        tell({ kind: "event", event });
      },
      onState(next) {
        become(next);
        tell({ kind: "state", state: next, at: last });
      },
    };
    const beat = setInterval(() => tell({ kind: "state", state, at: last }), leaderSilentMs / 3);
    await keepOpen(kept, until);
    clearInterval(beat);
    isLeader = false;
  };

  channel.onmessage = ({ data }: MessageEvent<Told>) => {
    if (data.kind === "hello") {
      if (isLeader) tell({ kind: "state", state, at: last });
      return;
    }
    if (isLeader) return;
    heardAt = Date.now();
    if (data.kind === "event") return take(data.event);
    if (data.state === "live" && data.at !== last) {
      last = data.at;
      shared.onGap();
    }
    if (data.state !== state) become(data.state);
  };

  const queue = (steal: boolean) => {
    const ended = new AbortController();
    const until = AbortSignal.any([signal, ended.signal]);
    const options: LockOptions = steal ? { steal } : { signal };
    navigator.locks
      .request(name, options, () => lead(until))
      .catch(() => {
        // Another tab took the lock away from this one, which had slept.
        ended.abort();
        if (!signal.aborted) queue(false);
      });
  };
  const wake = () => {
    if (document.hidden || isLeader || Date.now() - heardAt < leaderSilentMs) return;
    heardAt = Date.now();
    queue(true);
  };

  if ("locks" in navigator) {
    queue(false);
    const watch = setInterval(wake, leaderSilentMs / 3);
    signal.addEventListener("abort", () => clearInterval(watch), { once: true });
    tell({ kind: "hello" });
  } else {
    void lead(signal);
  }
  signal.addEventListener("abort", () => channel.close(), { once: true });
}
