import { fillPath } from "@pulse/schema/client";
import { getLogs, type LogLineView } from "@pulse/schema/wire/executions";
import { type Accessor, createSignal, onCleanup } from "solid-js";
import { keepOpen } from "../events/keep-open.ts";

/** What is kept of the lines; older ones are dropped and counted. */
const keptMost = 1_000_000;

/** `following`: more may come. `ended`: all is here. `broken`: the stream dropped and is being opened again. `missing`: there is none. */
export type LogState = "following" | "ended" | "broken" | "missing";

export interface LogSource {
  /** The lines so far. The array is the same one every time; `count` says that it grew. */
  lines: readonly LogLineView[];
  /** How many came. */
  count: Accessor<number>;
  state: Accessor<LogState>;
  /** Lines that came but are no longer kept: the first ones. */
  dropped: Accessor<number>;
}

/** Where the log of an execution is as plain text. */
export function logUrl(id: string): string {
  return fillPath(getLogs.path, { id });
}

/**
 * The log of an execution, followed until it ends. A stream that drops is opened again behind the last line that came, so that none is missing and
 * none comes twice. While the tab is hidden there is no stream: a browser has six connections for all its tabs. Belongs to the component that makes it.
 */
export function createLogSource(id: string): LogSource {
  const lines: LogLineView[] = [];
  const [count, setCount] = createSignal(0);
  const [dropped, setDropped] = createSignal(0);
  const [state, setState] = createSignal<LogState>("following");
  let after: string | null = null;
  let open: AbortController | null = null;
  let frame = 0;

  const show = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    const over = lines.length - keptMost;
    if (over > 0) {
      lines.splice(0, over);
      setDropped((before) => before + over);
    }
    setCount(lines.length + dropped());
  };
  // Thousands of lines a second are shown once a frame.
  const showSoon = () => {
    frame ||= requestAnimationFrame(show);
  };
  const end = (last: LogState) => {
    open?.abort();
    open = null;
    show();
    setState(last);
  };
  const start = () => {
    open = new AbortController();
    void keepOpen(
      {
        after,
        network: window,
        open: (behind, signal) => {
          const query = new URLSearchParams({
            follow: "true",
            ...(behind === null ? {} : { after: behind }),
          });
          return fetch(`${logUrl(id)}?${query}`, { headers: { accept: "text/event-stream" }, signal });
        },
        onState: (next) => setState(next === "live" ? "following" : "broken"),
        onRefused: (status) => {
          if (status === 404) end("missing");
        },
        onEvent(event) {
          if (event.event === "end") return end("ended");
          if (event.data === null) return;
          after = event.id;
          // As the contract has it: `logLineView`. Looking at each of 200,000 lines again would take a second.
          lines.push(JSON.parse(event.data) as LogLineView);
          showSoon();
        },
      },
      open.signal,
    );
  };
  const watch = () => {
    if (state() === "ended" || state() === "missing") return;
    if (document.hidden) {
      open?.abort();
      open = null;
    } else if (open === null) start();
  };
  if (!document.hidden) start();
  document.addEventListener("visibilitychange", watch);
  onCleanup(() => {
    document.removeEventListener("visibilitychange", watch);
    open?.abort();
    cancelAnimationFrame(frame);
  });
  return { lines, count, state, dropped };
}
