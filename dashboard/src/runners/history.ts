const most = 100;

/** Lines that were run, to be called back with the arrows. */
export interface History {
  add(line: string): void;
  /** The line before the one shown, or null; `typed` comes back at the end. */
  older(typed: string): string | null;
  newer(): string | null;
}

/** An empty history. */
export function createHistory(): History {
  const lines: string[] = [];
  let at = 0;
  let unsent = "";
  return {
    add(line) {
      if (lines.at(-1) !== line) lines.push(line);
      if (lines.length > most) lines.shift();
      at = lines.length;
      unsent = "";
    },
    older(typed) {
      if (at === 0) return null;
      if (at === lines.length) unsent = typed;
      at -= 1;
      return lines[at] ?? null;
    },
    newer() {
      if (at >= lines.length) return null;
      at += 1;
      return at === lines.length ? unsent : (lines[at] ?? null);
    },
  };
}
