import { formsOf } from "./forms.ts";
import { atStart, Matcher, type Span, type State } from "./matcher.ts";

const shown = "***";
const cutMark = "…";
/** So much of a secret's beginning is hidden where a text was cut. */
const cutLeastChars = 4;
const depthMost = 32;

/** Hides secrets in texts, in every form in which they are likely to be written. */
export class Masker {
  readonly #matcher: Matcher;

  constructor(values: Iterable<string>) {
    this.#matcher = new Matcher(new Set([...values].flatMap((value) => [...formsOf(value)])));
  }

  /** A text with `***` for each secret. What was cut off within one (`…`) is hidden too. */
  text(text: string): string {
    const spans: Span[] = [];
    this.#read(text, atStart, spans);
    if (text.endsWith(cutMark)) {
      const whole = text.length - cutMark.length;
      const pending = this.#matcher.pending(
        this.#matcher.read(text.slice(0, whole), atStart, () => undefined),
      );
      if (pending >= cutLeastChars) add(spans, whole - pending, whole);
    }
    return hidden(text, spans);
  }

  /** A JSON value with every text, key and number in it masked. */
  value(value: unknown, depth = 0): unknown {
    if (typeof value === "string") return this.text(value);
    if (typeof value === "number" || typeof value === "bigint") {
      const text = String(value);
      const clean = this.text(text);
      return clean === text ? value : clean;
    }
    if (typeof value !== "object" || value === null) return value;
    if (depth >= depthMost) return this.text(JSON.stringify(value));
    if (Array.isArray(value)) return value.map((one) => this.value(one, depth + 1));
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [this.text(name), this.value(one, depth + 1)]),
    );
  }

  /** For a text that comes in parts. */
  stream(): MaskStream {
    return new MaskStream((text, state, spans) => this.#read(text, state, spans), this.#matcher);
  }

  #read(text: string, state: State, spans: Span[]): State {
    return this.#matcher.read(text, state, (from, to) => add(spans, from, to));
  }
}

/** Masks a text that comes in parts: what may be the beginning of a secret is kept back until the next part tells. */
export class MaskStream {
  readonly #read: (text: string, state: State, spans: Span[]) => State;
  readonly #matcher: Matcher;
  /** The end of what came, which may be the beginning of a secret; the whole of it as it came. */
  #held = "";

  constructor(read: (text: string, state: State, spans: Span[]) => State, matcher: Matcher) {
    this.#read = read;
    this.#matcher = matcher;
  }

  /** What can be shown now. */
  add(part: string): string {
    const text = this.#held + part;
    const spans: Span[] = [];
    const state = this.#read(text, atStart, spans);
    let keepFrom = text.length - this.#matcher.pending(state);
    // What was found is not torn apart.
    const last = spans.at(-1);
    if (last !== undefined && last[1] > keepFrom) keepFrom = Math.min(keepFrom, last[0]);
    this.#held = text.slice(keepFrom);
    return hidden(
      text.slice(0, keepFrom),
      spans.filter(([from]) => from < keepFrom),
    );
  }

  /** What was kept back, at the end. */
  end(): string {
    const spans: Span[] = [];
    this.#read(this.#held, atStart, spans);
    const text = hidden(this.#held, spans);
    this.#held = "";
    return text;
  }
}

/** Adds a span behind the others, which are in order of their ends; those that it touches become one with it. */
function add(spans: Span[], from: number, to: number): void {
  let start = from;
  for (let last = spans.at(-1); last !== undefined && last[1] >= start; last = spans.at(-1)) {
    start = Math.min(start, last[0]);
    spans.pop();
  }
  spans.push([start, to]);
}

function hidden(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text;
  let clean = "";
  let at = 0;
  for (const [from, to] of spans) {
    clean += text.slice(at, from) + shown;
    at = to;
  }
  return clean + text.slice(at);
}
