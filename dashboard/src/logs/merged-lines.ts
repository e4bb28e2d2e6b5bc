import type { LogLineView } from "@pulse/schema/wire/executions";
import { markOf } from "./groups.ts";

/** Logs that are read together at most: the first ones of a step. */
export const hostsMost = 200;
/** Lines that are kept of all logs together, and of one of them at most. */
const linesMost = 50_000;
const hostLinesMost = 1000;

/** How many lines of each of so many logs are kept: the last ones. */
export function keptOf(logs: number): number {
  return Math.min(hostLinesMost, Math.floor(linesMost / Math.max(1, logs)));
}

/** Lines of one log from a head on, up to its end or the next head. */
export interface LineGroup {
  /** Whether no more lines come to it: only then it can be folded. */
  isClosed: boolean;
}

/** One line among those of several logs. */
export interface MergedLine {
  /** Whose line it is, by its place among the logs, from 0. */
  host: number;
  /** Its number in its own log, from 1. */
  number: number;
  /** Where it stands in time, epoch milliseconds: never before the line that precedes it in its log. */
  atMs: number;
  /** The attempt that begins with it, where it is not the first. */
  attempt: number | undefined;
  /** The group that it is in, or the head of. */
  group: LineGroup | undefined;
  isHead: boolean;
  view: LogLineView;
}

/** The last lines of one log, as they come. */
export class HostLines {
  readonly #host: number;
  readonly #runner: string;
  readonly #most: () => number;
  #group: LineGroup | undefined;
  #lines: MergedLine[] = [];
  #atMs = Number.NEGATIVE_INFINITY;
  #attempt: number | undefined;
  #next: number | null = null;

  /** `runner` is what its lines are said to be of, also those of attempts before the last; `most`, how many of them are kept. */
  constructor(host: number, runner: string, most: () => number) {
    this.#host = host;
    this.#runner = runner;
    this.#most = most;
  }

  /** What to ask for: the number of the next line, or, at first, the last ones from the end. */
  get next(): number {
    return this.#next ?? -this.#most();
  }

  get lines(): readonly MergedLine[] {
    return this.#lines;
  }

  /** How many lines of it are not here, being older than what is kept. */
  get left(): number {
    return (this.#lines[0]?.number ?? 1) - 1;
  }

  /** Takes what was answered: lines that follow those that are here, and how many there are. Tells whether there are more to ask for. */
  take(items: readonly (LogLineView & { line: number })[], total: number): boolean {
    for (const { line, ...view } of items) this.#put(line, view);
    const most = this.#most();
    if (this.#lines.length > most) this.#lines = this.#lines.slice(-most);
    // What is stored no longer is not asked for again.
    this.#next = items.length === 0 ? total + 1 : (items.at(-1)?.line ?? total) + 1;
    return this.#next <= total;
  }

  /** Ends the group that lines come to; also called when no more come. */
  end(): void {
    if (this.#group !== undefined) this.#group.isClosed = true;
    this.#group = undefined;
  }

  #put(number: number, view: LogLineView): void {
    const mark = markOf(view.text);
    this.#atMs = Math.max(this.#atMs, Date.parse(view.time));
    const attempt = view.attempt ?? 1;
    const begins = attempt !== (this.#attempt ?? 1) ? attempt : undefined;
    this.#attempt = attempt;
    if (mark !== null) this.end();
    // Its lines stand among those of other hosts: the end would be a line of nothing.
    if (mark?.is === "end") return;
    const isHead = mark?.is === "head";
    if (isHead) this.#group = { isClosed: false };
    const about = { host: this.#host, number, atMs: this.#atMs, attempt: begins, group: this.#group, isHead };
    this.#lines.push({ ...about, view: { ...view, runner: this.#runner } });
  }
}

/** The lines of several logs in the order of time; those of one moment in the order of the logs, and those of one log as they stand in it. */
export function mergeLines(logs: readonly (readonly MergedLine[])[]): MergedLine[] {
  return logs
    .flat()
    .sort((one, other) => one.atMs - other.atMs || one.host - other.host || one.number - other.number);
}

// What a terminal would obey: nobody looks for it, and it may stand in the middle of a word.
const escapes = /\u001b(?:\[[0-9;?]*[A-Za-z]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g;

/** The places, counted from 1, of the lines that have a text, whatever its case. An empty text is in none. */
export function placesOf(lines: readonly MergedLine[], text: string): number[] {
  const wanted = text.toLowerCase();
  if (wanted === "") return [];
  const has = ({ view }: MergedLine) => {
    const plain = view.text.includes("\u001b") ? view.text.replace(escapes, "") : view.text;
    return plain.toLowerCase().includes(wanted);
  };
  return lines.flatMap((line, i) => (has(line) ? i + 1 : []));
}
