import { followEvents, streamEvents } from "@pulse/schema/wire/events";
import { createSignal } from "solid-js";
import type * as z from "zod";
import type { StreamState } from "../events/keep-open.ts";
import { shareStream } from "../events/shared-stream.ts";
import { queryClient } from "./query-client.ts";

/** What changes by itself while a page is open. */
export type Topic = "executions" | "functions" | "runners";
type Told<T extends Topic> = z.output<(typeof streamEvents)[T]>;
type Writer<T extends Topic> = (told: readonly Told<T>[]) => void;

const topics: readonly Topic[] = ["executions", "functions", "runners"];
const everyMs: Readonly<Record<Topic, number>> = { executions: 1500, functions: 4000, runners: 1500 };
/** What the stream does not tell: a runner's load goes up and down without an event. */
const everyMsWhileLive: Readonly<Record<Topic, number | false>> = {
  executions: false,
  functions: false,
  runners: 5000,
};
/** Events that come within this time are written together. */
const gatherMs = 40;

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

const writers = new Map<Topic, Writer<never>>();

/** Says how the events of a topic are written into the query cache; without a writer, everything under the topic's key is read again. */
export function writeWith<T extends Topic>(topic: T, writer: Writer<T>): void {
  writers.set(topic, writer as Writer<never>);
}

/** Follows what changes until the signal fires. */
export function startLive(signal: AbortSignal): void {
  const gathered = new Map<Topic, unknown[]>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const write = () => {
    timer = undefined;
    for (const [topic, told] of gathered) {
      const writer = writers.get(topic);
      if (writer) writer(told as never[]);
      else void queryClient.invalidateQueries({ queryKey: [topic] });
    }
    gathered.clear();
  };
  shareStream(
    {
      open: (after, ended) =>
        fetch(`${followEvents.path}?topics=${topics.join(",")}${after === null ? "" : `&after=${after}`}`, {
          headers: { accept: "text/event-stream" },
          signal: ended,
        }),
      onState: setState,
      onRefused(status) {
        // The session is over; asked again, `me` says the same and the page shows the way in.
        if (status === 401) void queryClient.resetQueries({ queryKey: ["me"] });
      },
      onGap: () => void queryClient.invalidateQueries(),
      onEvent({ event, data }) {
        const topic = topics.find((one) => one === event);
        if (topic === undefined || data === null) return;
        const told = streamEvents[topic].safeParse(JSON.parse(data));
        if (!told.success) return;
        const before = gathered.get(topic);
        if (before) before.push(told.data);
        else gathered.set(topic, [told.data]);
        timer ??= setTimeout(write, gatherMs);
      },
    },
    signal,
  );
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
}
