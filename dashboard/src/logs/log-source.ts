import { fillPath } from "@pulse/schema/client";
import { getLogs, type LogLineView } from "@pulse/schema/wire/executions";
import { type LogLinesView, readLogLines } from "@pulse/schema/wire/log-lines";
import { type Accessor, createSignal, onCleanup } from "solid-js";
import { keepOpen } from "../events/keep-open.ts";
import { api } from "../session/client.ts";
import { markOf } from "./groups.ts";
import { LineBook, pageLines, windowFor } from "./line-book.ts";

const againMs = 2000;
/** Whoever passes whole screens by faster than this is on the way to somewhere else: what they pass is not read. */
const restMs = 80;

/** `following`: more may come. `ended`: all is here. `broken`: the gateway is being asked again. `missing`: there is none. */
export type LogState = "following" | "ended" | "broken" | "missing";

export interface LogSource {
  /** How many lines there are. */
  count: Accessor<number>;
  /** The line of a number, counted from 1; undefined while it is being read. */
  line(number: number): LogLineView | undefined;
  /** Read to hear that lines came. */
  version: Accessor<number>;
  /** Says which lines are in sight, in order, so that what is missing of them is read. */
  need(lines: readonly number[]): void;
  /** Whether the beginning of a group was seen. */
  hasGroups: Accessor<boolean>;
  /** The runners whose lines were seen, by their names. */
  runners: Accessor<readonly string[]>;
  /** When the first line was written, epoch milliseconds; null: it is being read, or there is none. */
  beganAt: Accessor<number | null>;
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
  let wanted: readonly number[] = [];
  let neededAt = 0;
  let rest: ReturnType<typeof setTimeout> | undefined;
  let isReading = false;
  const [hasGroups, setGroups] = createSignal(false);
  const [runners, setRunners] = createSignal<readonly string[]>([]);
  const [beganAt, setBeganAt] = createSignal<number | null>(null);
  let isBeginAsked = false;

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
  const put = (number: number, line: LogLineView) => {
    book.put(number, line);
    if (number === 1) setBeganAt(Date.parse(line.time));
    if (line.runner !== null && !runners().includes(line.runner))
      setRunners([...runners(), line.runner].sort());
    if (!hasGroups() && markOf(line.text)?.is === "head") setGroups(true);
  };
  const take = (answer: LogLinesView) => {
    for (const { line, ...view } of answer.items) put(line, view);
    show();
  };
  /** Reads what is missing of what is in sight, one window at a time; nothing while one passes by. */
  const fill = async () => {
    if (isReading || after === undefined || rest !== undefined) return;
    const missing = book.firstMissing(wanted.filter((line) => line <= total));
    if (missing === null) return;
    isReading = true;
    const answer = await read(windowFor(missing, total, wanted));
    isReading = false;
    if (answer === null) return;
    // A line that is stored no longer would be asked for again and again.
    if (answer.items[0]?.line !== missing) return take(answer);
    take(answer);
    void fill();
  };
  const arrive = () => {
    rest = undefined;
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
          put(total, JSON.parse(event.data) as LogLineView);
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
    clearTimeout(rest);
  });
  return {
    count,
    state,
    line(number) {
      version();
      return book.get(number);
    },
    need(lines) {
      const now = performance.now();
      const [first = 0, last = 0, before = 0, behind = 0] = [
        ...[lines[0], lines.at(-1)],
        ...[wanted[0], wanted.at(-1)],
      ];
      const isPassing = now - neededAt < restMs && (first > behind || last < before);
      neededAt = now;
      wanted = lines;
      clearTimeout(rest);
      rest = isPassing ? setTimeout(arrive, restMs) : undefined;
      void fill();
    },
    version,
    hasGroups,
    runners,
    beganAt() {
      if (beganAt() === null && !isBeginAsked && count() > 0) {
        isBeginAsked = true;
        void read({ from: 1, count: 1 }).then((answer) => answer && take(answer));
      }
      return beganAt();
    },
  };
}
