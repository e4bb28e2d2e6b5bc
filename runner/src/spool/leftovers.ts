import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { Completion } from "@pulse/schema/wire/runner-protocol";
import type { Link } from "../link.ts";
import { ChunkSender } from "./chunk-sender.ts";
import { type Chunk, chunksIn, LogFile, type LogOwner, type StoredChunk } from "./log-file.ts";
import type { SpoolSpace } from "./space.ts";

/** Fewer than fit into a chunk, however they are written. */
const substitutesMost = 1000;

/** The log of an attempt that an earlier process ran, as far as it reached the disk. */
export interface LeftLog {
  owner: LogOwner;
  file: LogFile;
  /** In the order of their lines, without a gap: what was damaged is made up for by lines that say so. */
  chunks: (StoredChunk | Chunk)[];
}

/** What an earlier process left: finished outcomes that nobody has settled, and the logs of attempts that ended with it. */
export interface Leftovers {
  finished: { completion: Completion; log: LeftLog | null }[];
  broken: LeftLog[];
}

/** Reads a log file of an earlier process. */
export function readLog(path: string, owner: LogOwner, space: SpoolSpace): [LeftLog, damagedBytes: number] {
  const bytes = readFileSync(path);
  const { chunks, damagedBytes } = chunksIn(bytes);
  space.use(bytes.length);
  return [{ owner, file: new LogFile(path, space, bytes.length), chunks: withoutGaps(chunks) }, damagedBytes];
}

function withoutGaps(stored: readonly StoredChunk[]): (StoredChunk | Chunk)[] {
  const chunks: (StoredChunk | Chunk)[] = [];
  let next = 1;
  for (const one of stored) {
    if (one.firstSeq < next) continue;
    for (; next < one.firstSeq; next = (chunks.at(-1)?.lastSeq ?? 0) + 1) {
      chunks.push(substitute(next, Math.min(one.firstSeq - 1, next + substitutesMost - 1)));
    }
    chunks.push(one);
    next = one.lastSeq + 1;
  }
  return chunks;
}

/** Lines are numbered without a gap, so each that was damaged is replaced. */
function substitute(firstSeq: number, lastSeq: number): Chunk {
  let text = "";
  const t = Date.now();
  for (let seq = firstSeq; seq <= lastSeq; seq++) {
    text += `${JSON.stringify({ seq, t, s: "system", d: "(a line that was damaged on the runner's disk)" })}\n`;
  }
  return { firstSeq, lastSeq, gzip: gzipSync(text) };
}

/** Sends what is left of a log, from its first chunk or from where the gateway says. */
export function senderOf(link: Link, log: LeftLog, signal: AbortSignal): ChunkSender {
  const { owner, file } = log;
  const sender = new ChunkSender({ link, owner, file, signal, onAnswer: () => undefined });
  for (const one of log.chunks) {
    if ("place" in one) sender.addStored([one]);
    else sender.addUnsent(one);
  }
  return sender;
}
