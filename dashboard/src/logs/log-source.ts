import { fillPath } from "@pulse/schema/client";
import { getLogs, type LogLineView } from "@pulse/schema/wire/executions";
import { type LogLinesView, readLogLines } from "@pulse/schema/wire/log-lines";
import { type Accessor, createSignal, onCleanup } from "solid-js";
import { keepOpen } from "../events/keep-open.ts";
import { api } from "../session/client.ts";
import { LineBook, pageLines, windowFor } from "./line-book.ts";

const againMs = 2000;

/** `following`: more may come. `ended`: all is here. `broken`: the gateway is being asked again. `missing`: there is none. */
export type LogState = "following" | "ended" | "broken" | "missing";

export interface LogSource {
  /** How many lines there are. */
  count: Accessor<number>;
  /** The line of a number, counted from 1; undefined while it is being read. */
  line(number: number): LogLineView | undefined;
  /** Says which lines are in sight, so that what is missing of them is read. */
  need(from: number, to: number): void;
  state: Accessor<LogState>;
}

/** Where the log of an execution is as plain text. */
export function logUrl(id: string): string {
  return fillPath(getLogs.path, { id });
}

/**
 * The log of an execution: read where one looks at it, and followed from its end until the execution ends. A stream that drops is opened again behind the
 * last line that came, so that none is missing and none comes twice. While the tab is hidden there is no stream: a browser has six connections
 * for all its tabs. `first` is the line to begin with, negative from the end. Belongs to the component that makes it.
 */
export function createLogSource(id: string, first: number): LogSource {
  const book = new LineBook<LogLineView>();
  const [count, setCount] = createSignal(0);
  const [version, setVersion] = createSignal(0);
  const [state, setState] = createSignal<LogState>("following");
  const gone = new AbortController();
  let after: string | null | undefined;
  let total = 0;
  let stream: AbortController | null = null;
  let frame = 0;
  let wanted: { from: number; to: number } | null = null;
  let isReading = false;

  const show = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    setCount(total);
    setVersion((before) => before + 1);
  };
  // Thousands of lines a second are shown once a frame.
  const showSoon = () => {
    frame ||= requestAnimationFrame(show);
  };
  const end = (last: LogState) => {
    stream?.abort();
    stream = null;
    show();
    setState(last);
  };
  const read = async (query: { from: number; count: number }): Promise<LogLinesView | null> => {
    for (;;) {
      try {
        return await api.call(readLogLines, { params: { id }, query, signal: gone.signal });
      } catch (error) {
        if (gone.signal.aborted) return null;
        if ((error as { status?: number }).status === 404) {
          end("missing");
          return null;
        }
        setState("broken");
        await new Promise((resolve) => setTimeout(resolve, againMs));
      }
    }
  };
  const take = (answer: LogLinesView) => {
    for (const { line, ...rest } of answer.items) book.put(line, rest);
    show();
  };
  /** Reads what is missing of what is in sight, one window at a time: while one drags, what was passed by is not asked for. */
  const fill = async () => {
    if (isReading || wanted === null || after === undefined) return;
    const missing = book.firstMissing(wanted.from, Math.min(wanted.to, total));
    if (missing === null) return;
    isReading = true;
    const answer = await read(windowFor(missing, total));
    isReading = false;
    if (answer === null) return;
    // A line that is stored no longer would be asked for again and again.
    if (answer.items[0]?.line !== missing) return take(answer);
    take(answer);
    void fill();
  };
  const follow = () => {
    stream = new AbortController();
    void keepOpen(
      {
        after: after ?? null,
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
          total += 1;
          // As the contract has it: `logLineView`. Looking at each of 200,000 lines again would take a second.
          book.put(total, JSON.parse(event.data) as LogLineView);
          showSoon();
        },
      },
      stream.signal,
    );
  };
  const watch = () => {
    if (after === undefined || state() === "ended" || state() === "missing") return;
    if (document.hidden) {
      stream?.abort();
      stream = null;
    } else if (stream === null) follow();
  };
  const begin = async () => {
    const answer = await read({ from: first, count: pageLines });
    if (answer === null) return;
    total = answer.total;
    after = answer.end;
    take(answer);
    if (answer.isOver) end("ended");
    else watch();
    void fill();
  };
  void begin();
  document.addEventListener("visibilitychange", watch);
  onCleanup(() => {
    document.removeEventListener("visibilitychange", watch);
    gone.abort();
    stream?.abort();
    cancelAnimationFrame(frame);
  });
  return {
    count,
    state,
    line(number) {
      version();
      return book.get(number);
    },
    need(from, to) {
      wanted = { from: Math.max(1, from), to };
      void fill();
    },
  };
}
