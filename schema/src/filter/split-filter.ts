/** One value of a word, with its place in the text; `isOpen`: its quote is never closed. */
export interface SplitValue {
  text: string;
  at: number;
  end: number;
  isOpen: boolean;
}

/** A word of a filter as it is written: `-status:failed,dead`. `name` is null for plain text. */
export interface SplitWord {
  at: number;
  end: number;
  not: boolean;
  name: string | null;
  values: SplitValue[];
}

const named = /-?([A-Za-z_]+):/y;
const space = /\s/;

/** Splits a filter into its words: at white space, outside of quotes. Within quotes `\"` and `\\` stand for themselves. */
export function splitFilter(text: string): SplitWord[] {
  const words: SplitWord[] = [];
  let at = 0;
  while (at < text.length) {
    if (space.test(text.charAt(at))) {
      at += 1;
      continue;
    }
    named.lastIndex = at;
    const field = named.exec(text);
    const not = text.charAt(at) === "-" && at + 1 < text.length && !space.test(text.charAt(at + 1));
    const values: SplitValue[] = [];
    let next = field === null ? at + (not ? 1 : 0) : named.lastIndex;
    for (;;) {
      const value = readValue(text, next, field !== null);
      values.push(value);
      next = value.end;
      // Only the values of a field are a list.
      if (field === null || text.charAt(next) !== ",") break;
      next += 1;
    }
    words.push({ at, end: next, not, name: field?.[1] ?? null, values });
    at = next;
  }
  return words;
}

function readValue(text: string, at: number, endsAtComma: boolean): SplitValue {
  let value = "";
  let isQuoted = false;
  let next = at;
  for (; next < text.length; next++) {
    const char = text.charAt(next);
    if (char === '"') {
      isQuoted = !isQuoted;
    } else if (isQuoted && char === "\\" && /["\\]/.test(text.charAt(next + 1))) {
      next += 1;
      value += text.charAt(next);
    } else if (!isQuoted && (space.test(char) || (endsAtComma && char === ","))) {
      break;
    } else {
      value += char;
    }
  }
  return { text: value, at, end: next, isOpen: isQuoted };
}

/** A value as it is written in a filter: in quotes where it needs them. */
export function quoted(value: string): string {
  return value === "" || /[\s",\\]/.test(value) || value.startsWith("-")
    ? `"${value.replace(/["\\]/g, (char) => `\\${char}`)}"`
    : value;
}
