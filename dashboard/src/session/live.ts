import type { Query } from "@tanstack/solid-query";
import { createSignal } from "solid-js";
import type { StreamState } from "../events/keep-open.ts";
import { shareStream } from "../events/shared-stream.ts";
import { streamUrl } from "../events/stream-url.ts";
import { queryClient } from "./query-client.ts";

/** What changes by itself while a page is open. */
export type Topic = (typeof topics)[number];
/** Gets the events' data as they came; the feature knows their form. */
type Writer = (told: readonly unknown[]) => void;

const topics = [
  "executions",
  "functions",
  "runners",
  "workflows",
  "webhooks",
  "schedules",
  "channels",
  "settings",
  "audit",
] as const;
/** What is told under a name of its own, and is shown with what it belongs to. */
const parts: Readonly<Record<string, Topic>> = {
  deliveries: "webhooks",
  ticks: "schedules",
  messages: "channels",
};
const followed = [...topics, ...Object.keys(parts)];
const everyMs: Readonly<Record<Topic, number>> = {
  ...{ executions: 1500, functions: 4000, runners: 1500 },
  ...{ workflows: 5000, webhooks: 5000, schedules: 5000, channels: 5000, settings: 10_000, audit: 10_000 },
};
/**
 * What the stream does not tell: a runner's load goes up and down without an event, a webhook's old secret ends by the clock, and of what one may
 * no longer view nothing is said; when a key or a person was last there neither.
 */
const everyMsWhileLive: Readonly<Record<Topic, number | false>> = {
  ...{ executions: false, functions: false, runners: 5000 },
  ...{ workflows: 60_000, webhooks: 60_000, schedules: 60_000, channels: false },
  ...{ settings: 60_000, audit: false },
};
/** What shows how executions stand beside other things; read again soon after one has changed, whatever is shown of it. */
const besides = [
  ["workflows", "list"],
  ["webhooks", "deliveries"],
  ["webhooks", "delivery"],
  ["schedules", "ticks"],
] as const;
/** They are read again at most so often. */
const besidesMs = 200;
/** Events that come within this time are written together. */
const gatherMs = 40;
/** What is summed over many things is read again at most so often. */
const sumsMs = 1000;

const [streamState, setState] = createSignal<StreamState>("connecting");

/** How the stream of changes stands. */
export { streamState };

/**
 * Query options that keep a view of a topic up to date: spread them into what `useQuery` is given. While the stream of changes is open its events are
 * written into the cache; without it the query asks again while its page is visible.
 */
export function follow(topic: Topic): { refetchInterval: number | false } {
  return { refetchInterval: (streamState() === "live" ? everyMsWhileLive : everyMs)[topic] };
}

const writers = new Map<Topic, Writer>();

/** Says how the events of a topic are written into the query cache; without a writer, everything under the topic's key is read again. */
export function writeWith(topic: Topic, writer: Writer): void {
  writers.set(topic, writer);
}

/** What never changes, or is being edited, needs no second look. */
function changes({ options }: Query): boolean {
  return !("staleTime" in options) || options.staleTime !== Number.POSITIVE_INFINITY;
}

/** Who one is comes by no event: a stream that begins makes it no older, and it is read again by its own age. */
function isMe({ queryKey }: Query): boolean {
  return queryKey[0] === "me";
}

/** Who looks at what: somebody else hears nothing of it in another tab. */
function whose(): string {
  const who = queryClient.getQueryData<{ kind: string; name: string; project: string } | null>(["me"]);
  return who ? `${who.kind} ${who.name} ${who.project}` : "";
}

/** Follows what changes until the signal fires. */
export function startLive(signal: AbortSignal): void {
  setState("connecting");
  const gathered = new Map<Topic, unknown[]>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sumsTimer: ReturnType<typeof setTimeout> | undefined;
  let besidesTimer: ReturnType<typeof setTimeout> | undefined;
  const readSums = () => {
    sumsTimer = undefined;
    void queryClient.invalidateQueries({ queryKey: ["sums"] });
  };
  const readBesides = () => {
    besidesTimer = undefined;
    for (const queryKey of besides) void queryClient.invalidateQueries({ queryKey });
  };
  const write = () => {
    timer = undefined;
    for (const [topic, told] of gathered) {
      const writer = writers.get(topic);
      if (writer) writer(told);
      else void queryClient.invalidateQueries({ queryKey: [topic], predicate: changes });
    }
    if (gathered.has("executions")) besidesTimer ??= setTimeout(readBesides, besidesMs);
    gathered.clear();
    sumsTimer ??= setTimeout(readSums, sumsMs);
  };
  shareStream(
    {
      of: `${whose()} ${followed.join()}`,
      open: (after, ended) =>
        fetch(streamUrl(followed, after), { headers: { accept: "text/event-stream" }, signal: ended }),
      onState: setState,
      onRefused(status) {
        // The session is over; asked again, `me` says the same and the page shows the way in.
        if (status === 401) void queryClient.resetQueries({ queryKey: ["me"] });
      },
      onGap: () =>
        void queryClient.invalidateQueries({ predicate: (query) => changes(query) && !isMe(query) }),
      onEvent({ event, data }) {
        const topic = parts[event] ?? topics.find((one) => one === event);
        if (topic === undefined || data === null) return;
        const before = gathered.get(topic);
        if (before) before.push(JSON.parse(data));
        else gathered.set(topic, [JSON.parse(data)]);
        timer ??= setTimeout(write, gatherMs);
      },
    },
    signal,
  );
  signal.addEventListener(
    "abort",
    () => {
      clearTimeout(timer);
      clearTimeout(sumsTimer);
      clearTimeout(besidesTimer);
    },
    { once: true },
  );
}
