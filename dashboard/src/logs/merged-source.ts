import { readLogLines } from "@pulse/schema/wire/log-lines";
import { type Accessor, createEffect, createSignal, on, onCleanup } from "solid-js";
import { api } from "../session/client.ts";
import type { LogState } from "./log-source.ts";
import { HostLines, keptOf, type MergedLine } from "./merged-lines.ts";

/** Logs that are asked for at a time: a browser has six connections for all its tabs. */
const askedMost = 3;
/** A log that grows is asked again this soon; a silent one later and later. */
const soonMs = 1000;
const lateMs = 8000;
/** Of more logs than these each is asked less often, so that the gateway hears no more. */
const hostsOften = 25;
const againMs = 2000;
/** What comes within this time is shown together. */
const gatherMs = 150;

/** One of the logs that are read together. */
export interface LogHost {
  runner: string;
  /** Null: nothing runs there yet. */
  execution: string | null;
  /** How it stands, as the run tells it; it is asked at once when that changes. */
  status: string;
}

/** Several logs that are read together. */
export interface MergedSource {
  /** The lines of each log, by its place, with those that are not kept counted. */
  logs: Accessor<readonly { lines: readonly MergedLine[]; left: number }[]>;
  state: Accessor<LogState>;
}

interface Reading {
  lines: HostLines;
  status: string;
  state: LogState;
  isRead: boolean;
  gone: AbortController;
  /** Ends its rest; one that does not rest skips the next one. */
  wake: () => unknown;
  isWoken: boolean;
}

/**
 * Reads the logs of several executions: the last lines of each, and what follows until each has ended. While the tab is hidden nothing is asked. `isOver`: none is
 * added any more. Belongs to the component that makes it.
 */
export function createMergedSource(
  hosts: Accessor<readonly LogHost[]>,
  isOver: Accessor<boolean>,
): MergedSource {
  const readings = new Map<string, Reading>();
  const [version, setVersion] = createSignal(0);
  const kept = () => keptOf(hosts().length);
  const firstMs = () => soonMs * Math.max(1, readings.size / hostsOften);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;
  const waiting: (() => void)[] = [];

  const showSoon = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      setVersion((before) => before + 1);
    }, gatherMs);
  };
  const turn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (asked >= askedMost) await new Promise<void>((resolve) => waiting.push(resolve));
    else asked += 1;
    try {
      return await work();
    } finally {
      // Whoever waits takes the place over.
      const next = waiting.shift();
      if (next === undefined) asked -= 1;
      else next();
    }
  };
  /** Asks once; null: it is not to be asked again. */
  const ask = async (id: string, one: Reading): Promise<{ hasMore: boolean; hasNew: boolean } | null> => {
    const { signal } = one.gone;
    const query = { from: one.lines.next, count: kept() };
    const answer = await turn(() => api.call(readLogLines, { params: { id }, query, signal }));
    const hasMore = one.lines.take(answer.items, answer.total);
    one.isRead = true;
    one.state = answer.isOver && !hasMore ? "ended" : "following";
    if (one.state === "ended") one.lines.end();
    return one.state === "ended" ? null : { hasMore, hasNew: answer.items.length > 0 };
  };
  const read = async (id: string, one: Reading) => {
    const { signal } = one.gone;
    let waitMs = firstMs();
    while (!signal.aborted) {
      try {
        const told = await ask(id, one);
        showSoon();
        if (told === null) return;
        waitMs = told.hasNew ? firstMs() : Math.max(firstMs(), Math.min(lateMs, waitMs * 2));
        if (told.hasMore) continue;
      } catch (error) {
        if (signal.aborted) return;
        one.state = (error as { status?: number }).status === 404 ? "missing" : "broken";
        showSoon();
        if (one.state === "missing") return;
        waitMs = againMs;
      }
      await rest(one, waitMs);
      while (document.hidden && !signal.aborted) await rest(one, Number.POSITIVE_INFINITY);
    }
  };
  createEffect(
    on(hosts, (now) => {
      const known = new Set(now.map(({ execution }) => execution));
      for (const [id, one] of readings) {
        if (known.has(id)) continue;
        leave(one);
        readings.delete(id);
      }
      now.forEach(({ execution, runner, status }, host) => {
        if (execution === null) return;
        const before = readings.get(execution);
        if (before === undefined) {
          const lines = new HostLines(host, runner, kept);
          const gone = new AbortController();
          const one: Reading = {
            ...{ lines, status, state: "following", isRead: false, gone, isWoken: false },
            wake: () => (one.isWoken = true),
          };
          readings.set(execution, one);
          void read(execution, one);
        } else if (before.status !== status) {
          before.status = status;
          before.wake();
        }
      });
      showSoon();
    }),
  );
  const wakeAll = () => {
    if (!document.hidden) for (const one of readings.values()) one.wake();
  };
  document.addEventListener("visibilitychange", wakeAll);
  onCleanup(() => {
    document.removeEventListener("visibilitychange", wakeAll);
    clearTimeout(timer);
    for (const one of readings.values()) leave(one);
  });
  return {
    logs() {
      version();
      return [...readings.values()].map(({ lines }) => ({ lines: lines.lines, left: lines.left }));
    },
    state() {
      version();
      const all = [...readings.values()];
      if (all.some(({ state }) => state === "broken")) return "broken";
      if (
        !isOver() ||
        all.some(({ state, isRead }) => state === "following" || (!isRead && state !== "missing"))
      )
        return "following";
      return all.length > 0 && all.every(({ state }) => state === "missing") ? "missing" : "ended";
    },
  };
}

function leave(one: Reading): void {
  one.gone.abort();
  one.wake();
}

/** Waits so long, in milliseconds, or until it is woken. */
function rest(one: Reading, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      one.isWoken = false;
      one.wake = () => (one.isWoken = true);
      resolve();
    };
    const timer = Number.isFinite(ms) ? setTimeout(go, ms) : undefined;
    one.wake = go;
    if (one.isWoken) go();
  });
}
