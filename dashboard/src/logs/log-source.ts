import { fillPath } from "@pulse/schema/client";
import { getLogs, type LogLineView, logLineView } from "@pulse/schema/wire/executions";
import { type Accessor, createSignal, onCleanup } from "solid-js";

/** What is kept of the lines; older ones are dropped and counted. */
const keptMost = 1_000_000;
const againMs = 3000;

export interface LogSource {
  /** The lines so far. The array is the same one every time; `count` says that it grew. */
  lines: readonly LogLineView[];
  count: Accessor<number>;
  /** `following`: more may come. `ended`: all is here. `broken`: the stream dropped and is being opened again. */
  state: Accessor<"following" | "ended" | "broken">;
  /** Lines that came but no longer fit. */
  dropped: Accessor<number>;
}

/** Where the log of an execution is as plain text. */
export function logUrl(id: string): string {
  return fillPath(getLogs.path, { id });
}

/**
 * The log of an execution, followed until it ends. A stream that drops is opened again behind the last line that came, so that none is missing and
 * none comes twice. Belongs to the component that makes it.
 */
export function createLogSource(id: string): LogSource {
  const lines: LogLineView[] = [];
  const [count, setCount] = createSignal(0);
  const [dropped, setDropped] = createSignal(0);
  const [state, setState] = createSignal<"following" | "ended" | "broken">("following");
  let lastId = "";
  let stream: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let frame = 0;

  // Thousands of lines a second are shown once a frame.
  const showSoon = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      const over = lines.length - keptMost;
      if (over > 0) {
        lines.splice(0, over);
        setDropped((before) => before + over);
      }
      setCount(lines.length + dropped());
    });
  };
  const open = () => {
    const query = new URLSearchParams({ follow: "true", ...(lastId === "" ? {} : { after: lastId }) });
    stream = new EventSource(`${logUrl(id)}?${query}`);
    stream.onopen = () => setState("following");
    stream.onmessage = (event: MessageEvent<string>) => {
      const line = logLineView.safeParse(JSON.parse(event.data));
      if (!line.success) return;
      lastId = event.lastEventId;
      lines.push(line.data);
      showSoon();
    };
    stream.addEventListener("end", () => {
      stream?.close();
      setState("ended");
    });
    stream.onerror = () => {
      // By itself the browser would give up for good when a proxy answers with an error meanwhile.
      stream?.close();
      setState("broken");
      timer = setTimeout(open, againMs);
    };
  };
  open();
  onCleanup(() => {
    stream?.close();
    clearTimeout(timer);
    cancelAnimationFrame(frame);
  });
  return { lines, count, state, dropped };
}
