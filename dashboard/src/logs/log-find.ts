import { type FoundLines, findLogLines } from "@pulse/schema/wire/log-lines";
import { type Accessor, createEffect, createMemo, createSignal, on, onCleanup } from "solid-js";
import { api } from "../session/client.ts";

/** Hits that are kept; whoever has more needs a better word. */
const hitsMost = 10_000;
const growthMs = 1000;

/** Of the text of a line that is found so much is kept. */
const beginning = 40;

/** A line that has a text, by its number, and how it begins. */
export interface FoundLine {
  line: number;
  text: string;
}

/** A search through a whole log, which the gateway does. */
export interface LogFind {
  /** Numbers of the lines that have the text, counted from 1, as far as they were found. */
  hits: Accessor<readonly number[]>;
  /** The same with how each of them begins. */
  found: Accessor<readonly FoundLine[]>;
  /** Whether more may be found. */
  isLooking: Accessor<boolean>;
  /** Whether it stopped at as many as are kept, before the end of the log. */
  isFull: Accessor<boolean>;
  /** How much was looked through, 0 to 1. */
  share: Accessor<number>;
}

/** Looks for a text in the log of an execution, and goes on as the log grows. An empty text finds nothing. Belongs to the component that makes it. */
export function createLogFind(id: string, text: Accessor<string>, count: Accessor<number>): LogFind {
  const [found, setFound] = createSignal<readonly FoundLine[]>([]);
  const hits = createMemo(() => found().map(({ line }) => line));
  const [isLooking, setLooking] = createSignal(false);
  const [upTo, setUpTo] = createSignal(0);
  const isFull = () => !isLooking() && found().length >= hitsMost && upTo() < count();
  let search = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const look = async (wanted: string, signal: AbortSignal) => {
    setLooking(true);
    try {
      let from: number | null = upTo() + 1;
      while (from !== null && found().length < hitsMost) {
        const answer: FoundLines = await api.call(findLogLines, {
          params: { id },
          query: { text: wanted, from },
          signal,
        });
        if (signal.aborted) return;
        const more = answer.items.map((one) => ({ line: one.line, text: one.text.slice(0, beginning) }));
        setFound([...found(), ...more]);
        setUpTo(answer.next === null ? answer.total : answer.next - 1);
        from = answer.next;
      }
    } catch {
      // Away, or gone: the log's own state says so, and what was found stands.
    }
    if (!signal.aborted) setLooking(false);
  };
  createEffect(
    on(text, (wanted) => {
      search.abort();
      clearTimeout(timer);
      search = new AbortController();
      setFound([]);
      setUpTo(0);
      setLooking(false);
      if (wanted !== "") void look(wanted, search.signal);
    }),
  );
  createEffect(
    on(count, (lines) => {
      if (text() === "" || isLooking() || lines <= upTo() || found().length >= hitsMost) return;
      clearTimeout(timer);
      timer = setTimeout(() => void look(text(), search.signal), growthMs);
    }),
  );
  onCleanup(() => {
    search.abort();
    clearTimeout(timer);
  });
  return { hits, found, isLooking, isFull, share: () => (count() === 0 ? 1 : Math.min(1, upTo() / count())) };
}
