import { ProblemError } from "@pulse/schema/problem";
import { isTerminal } from "@pulse/schema/status";
import type { FoundLines, LogLinesView } from "@pulse/schema/wire/log-lines";
import type { Ports } from "../ports.ts";
import type { Viewer } from "../workflows/seen-by.ts";
import { lineView, type PlacedLine, storedLines, storedTexts } from "./log-lines.ts";
import { fencesOf, LogPlaces } from "./log-places.ts";
import { createExecutionStore } from "./store.ts";

type LogPorts = Pick<Ports, "database" | "gunzip">;

/** So many characters of lines at most are in one answer, but for the first line, which always is. */
const windowMostLength = 2 * 2 ** 20;
/** So many characters are looked through for one answer of a search. */
const searchMostLength = 16 * 2 ** 20;
/** Of a line that was found, what is shown of it around the text. */
const excerptLength = 200;
// What a terminal would obey: nobody looks for it, and it may stand in the middle of a word.
const escapes = /\u001b(?:\[[0-9;?]*[A-Za-z]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g;

async function opened({ database }: LogPorts, viewer: Viewer, id: string) {
  const store = createExecutionStore(database);
  const row = await store.get(viewer, id);
  if (row === null) throw new ProblemError("not_found", `there is no execution ${id}`);
  return { store, row, places: new LogPlaces(await fencesOf(database.client, id)) };
}

/** Some lines of a log by their numbers, from 1 over all attempts. Costs the chunks that hold them, wherever they stand. Throws `not_found`. */
export async function readLines(
  ports: LogPorts,
  viewer: Viewer,
  id: string,
  { from, count }: { from: number; count: number },
): Promise<LogLinesView> {
  const { store, row, places } = await opened(ports, viewer, id);
  const start = from < 0 ? Math.max(1, places.total + from + 1) : from;
  const items: LogLinesView["items"] = [];
  let length = 0;
  const take = (placed: PlacedLine): boolean => {
    const number = places.numberOf(placed.at);
    length += placed.line.d.length;
    if (number === null || number >= start + count || (length > windowMostLength && items.length > 0))
      return false;
    const runner = placed.attempt === row.attempt ? row.runnerName : null;
    items.push({ ...lineView(placed, runner), line: number });
    return true;
  };
  if (start <= places.total) {
    reading: for await (const lines of storedLines(store, ports, id, places.before(start), 2)) {
      for (const line of lines) if (!take(line)) break reading;
      if (items.length === count) break;
    }
  }
  const end = places.end === null ? null : `${places.end.fence}.${places.end.seq}`;
  return { total: places.total, end, isOver: isTerminal(row.status), items };
}

/**
 * The numbers of lines that contain a text, whatever its case, from a line on. Looks through a bounded part: `next` is where to go on, null when the end
 * of what is stored was reached. Throws `not_found`.
 */
export async function findLines(
  ports: LogPorts,
  viewer: Viewer,
  id: string,
  { text, from, limit }: { text: string; from: number; limit: number },
): Promise<FoundLines> {
  const { store, places } = await opened(ports, viewer, id);
  const wanted = text.toLowerCase();
  const items: FoundLines["items"] = [];
  let length = 0;
  let last = from - 1;
  const look = (number: number, line: string) => {
    last = number;
    length += line.length;
    const plain = line.includes("\u001b") ? line.replace(escapes, "") : line;
    const place = plain.toLowerCase().indexOf(wanted);
    if (place >= 0) items.push({ line: number, text: excerptOf(plain, place) });
    return items.length < limit && length < searchMostLength;
  };
  if (from <= places.total) {
    looking: for await (const lines of storedTexts(store, ports, id, places.before(from))) {
      for (const line of lines) {
        const number = places.numberOf(line.at);
        if (number === null || !look(number, line.text)) break looking;
      }
    }
  }
  return { total: places.total, items, next: last < places.total ? last + 1 : null };
}

function excerptOf(line: string, place: number): string {
  const from = Math.max(0, place - excerptLength / 4);
  return line.slice(from, from + excerptLength);
}
