import { type FoundLines, findLogLines } from "@pulse/schema/wire/log-lines";
import { type Accessor, createEffect, createSignal, on, onCleanup } from "solid-js";
import { api } from "../session/client.ts";

/** Hits that are kept; whoever has more needs a better word. */
const hitsMost = 10_000;
const growthMs = 1000;

/** A search through a whole log, which the gateway does. */
export interface LogFind {
  /** Numbers of the lines that have the text, counted from 1, as far as they were found. */
  hits: Accessor<readonly number[]>;
  /** Whether more may be found. */
  isLooking: Accessor<boolean>;
  /** How much was looked through, 0 to 1. */
  share: Accessor<number>;
}

/** Looks for a text in the log of an execution, and goes on as the log grows. An empty text finds nothing. Belongs to the component that makes it. */
export function createLogFind(id: string, text: Accessor<string>, count: Accessor<number>): LogFind {
  const [hits, setHits] = createSignal<readonly number[]>([]);
  const [isLooking, setLooking] = createSignal(false);
  const [upTo, setUpTo] = createSignal(0);
  let search = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const look = async (wanted: string, signal: AbortSignal) => {
    setLooking(true);
    try {
      let from: number | null = upTo() + 1;
      while (from !== null && hits().length < hitsMost) {
        const answer: FoundLines = await api.call(findLogLines, {
          params: { id },
          query: { text: wanted, from },
          signal,
        });
        if (signal.aborted) return;
        setHits([...hits(), ...answer.items.map(({ line }) => line)]);
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
      setHits([]);
      setUpTo(0);
      setLooking(false);
      if (wanted !== "") void look(wanted, search.signal);
    }),
  );
  createEffect(
    on(count, (lines) => {
      if (text() === "" || isLooking() || lines <= upTo() || hits().length >= hitsMost) return;
      clearTimeout(timer);
      timer = setTimeout(() => void look(text(), search.signal), growthMs);
    }),
  );
  onCleanup(() => {
    search.abort();
    clearTimeout(timer);
  });
  return { hits, isLooking, share: () => (count() === 0 ? 1 : Math.min(1, upTo() / count())) };
}
