/** Texts that were and may be again, the newest last; the text that is stands between. */
export interface History {
  past: readonly string[];
  now: string;
  future: readonly string[];
  /** Whether the last change was typing, which further typing goes on with. */
  isTyping: boolean;
}

const most = 200;

/** A history that begins with a text. */
export function begin(now: string): History {
  return { past: [], now, future: [], isTyping: false };
}

/** The history after a change; what was typed in one go is one change. */
export function record(history: History, now: string, isTyping: boolean): History {
  if (now === history.now) return history;
  if (isTyping && history.isTyping) return { ...history, now, future: [] };
  return { past: [...history.past, history.now].slice(-most), now, future: [], isTyping };
}

/** The history one change back; the same when there is none. */
export function undo({ past, now, future, ...rest }: History): History {
  const before = past.at(-1);
  if (before === undefined) return { past, now, future, ...rest };
  return { past: past.slice(0, -1), now: before, future: [now, ...future], isTyping: false };
}

/** The history one change forward again; the same when none was undone. */
export function redo({ past, now, future, ...rest }: History): History {
  const [next, ...later] = future;
  if (next === undefined) return { past, now, future, ...rest };
  return { past: [...past, now], now: next, future: later, isTyping: false };
}
