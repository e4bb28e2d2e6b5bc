import type { LogLineView } from "@pulse/schema/wire/executions";
import { type LogLine, logLine } from "@pulse/schema/wire/job";
import type { Ports } from "../ports.ts";
import type { ExecutionStore, LogChunk } from "./store.ts";

/** A place in the log of an execution: the fence of the attempt's hand-out, and the line's number under it. */
export interface LogPosition {
  fence: number;
  seq: number;
}

/** One line and where it stands. */
export interface PlacedLine {
  at: LogPosition;
  attempt: number;
  line: LogLine;
}

/** Before the first line. */
export const logStart: LogPosition = { fence: 0, seq: 0 };

/** The largest chunk, unpacked. */
export const chunkMostBytes = 256 * 1024;
const chunksAtOnce = 16;

/** Reads `fence.seq`; null when it is none. */
export function readLogPosition(text: string): LogPosition | null {
  const [, fence, seq] = /^(\d{1,10})\.(\d{1,12})$/.exec(text.trim()) ?? [];
  return fence === undefined || seq === undefined ? null : { fence: Number(fence), seq: Number(seq) };
}

/** The lines of a chunk that stand after a position. */
function linesAfter(chunk: LogChunk, text: string, after: LogPosition): PlacedLine[] {
  const lines: PlacedLine[] = [];
  for (const row of text.split("\n")) {
    if (row === "") continue;
    const line = logLine.parse(JSON.parse(row));
    if (chunk.fence === after.fence && line.seq <= after.seq) continue;
    lines.push({ at: { fence: chunk.fence, seq: line.seq }, attempt: chunk.attempt, line });
  }
  return lines;
}

/** The chunks that hold something after a position, unpacked, in order. */
async function* storedChunks(
  store: ExecutionStore,
  ports: Pick<Ports, "gunzip">,
  id: string,
  after: LogPosition,
  atOnce: number,
): AsyncGenerator<{ chunk: LogChunk; text: string; after: LogPosition }> {
  const decoder = new TextDecoder();
  let at = after;
  for (;;) {
    const chunks = await store.logChunks(id, at, atOnce);
    for (const chunk of chunks) {
      const text = decoder.decode(await ports.gunzip(chunk.data, chunkMostBytes));
      yield { chunk, text, after: at };
      at = { fence: chunk.fence, seq: chunk.lastSeq };
    }
    if (chunks.length < atOnce) return;
  }
}

/** What is stored after a position, oldest first, up to some chunks at a time; ends when nothing more is stored. */
export async function* storedLines(
  store: ExecutionStore,
  ports: Pick<Ports, "gunzip">,
  id: string,
  after: LogPosition,
  atOnce = chunksAtOnce,
): AsyncGenerator<PlacedLine[]> {
  for await (const stored of storedChunks(store, ports, id, after, atOnce)) {
    const lines = linesAfter(stored.chunk, stored.text, stored.after);
    if (lines.length > 0) yield lines;
  }
}

/** The same with the text of each line alone, for who looks through very many: they were checked when they were taken in. */
export async function* storedTexts(
  store: ExecutionStore,
  ports: Pick<Ports, "gunzip">,
  id: string,
  start: LogPosition,
): AsyncGenerator<{ at: LogPosition; text: string }[]> {
  for await (const { chunk, text, after } of storedChunks(store, ports, id, start, chunksAtOnce)) {
    const lines: { at: LogPosition; text: string }[] = [];
    for (const row of text.split("\n")) {
      if (row === "") continue;
      const { seq, d } = JSON.parse(row) as LogLine;
      if (chunk.fence === after.fence && seq <= after.seq) continue;
      lines.push({ at: { fence: chunk.fence, seq }, text: d });
    }
    yield lines;
  }
}

/** A line as the API shows it. */
export function lineView({ attempt, line }: PlacedLine, runner: string | null): LogLineView {
  return {
    seq: line.seq,
    time: new Date(line.t).toISOString(),
    stream: line.s,
    level: line.l ?? (line.s === "stderr" ? "error" : "info"),
    text: line.d,
    ...(line.f === undefined ? {} : { fields: line.f }),
    attempt,
    runner,
  };
}
