import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Completion, completion } from "@pulse/schema/wire/runner-protocol";
import * as z from "zod";
import { recordsIn, recordTypes } from "./records.ts";

const settledShape = z.array(z.tuple([z.string(), z.number().int()]));

/** The name of an attempt in the spool. */
export const keyOf = (execution: string, fence: number): string => `${execution}.${fence}`;

/** The files of a journal, oldest first, and the outcomes in them that nobody has settled, each with its file. */
export interface ReadJournal {
  files: { path: string; bytes: number }[];
  left: Map<string, { completion: Completion; path: string }>;
  damagedBytes: number;
}

/** Reads the journal that is in a folder; damage is skipped and counted. */
export function readJournal(folder: string): ReadJournal {
  const read: ReadJournal = { files: [], left: new Map(), damagedBytes: 0 };
  const names = readdirSync(folder).filter((name) => name.endsWith(".journal"));
  for (const path of names.sort().map((name) => join(folder, name))) {
    const bytes = readFileSync(path);
    const { records, damagedBytes } = recordsIn(bytes);
    read.files.push({ path, bytes: bytes.length });
    read.damagedBytes += damagedBytes;
    for (const { type, payload } of records) {
      const said = meaningOf(type, payload);
      if (said === null) read.damagedBytes += payload.length;
      else if ("settled" in said) for (const one of said.settled) read.left.delete(keyOf(...one));
      else {
        const { execution, fence } = said.completion;
        read.left.set(keyOf(execution, fence), { completion: said.completion, path });
      }
    }
  }
  return read;
}

function meaningOf(
  type: number,
  payload: Buffer,
): { completion: Completion } | { settled: [string, number][] } | null {
  try {
    const value: unknown = JSON.parse(payload.toString("utf8"));
    if (type === recordTypes.settled) return { settled: settledShape.parse(value) };
    return type === recordTypes.outcome ? { completion: completion.parse(value) } : null;
  } catch {
    // Whole by its checksum and yet not ours: another version wrote it.
    return null;
  }
}
