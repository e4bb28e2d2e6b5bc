import { gunzipSync } from "node:zlib";
import { logLine } from "@pulse/schema/wire/job";
import type { CapturedLine } from "../work.ts";
import type { LeftLog } from "./leftovers.ts";

/** The log that an earlier process has written of an attempt that goes on. */
export interface EarlierLog extends Pick<LeftLog, "file" | "chunks"> {
  lines: Pick<CapturedLine, "s" | "d">[];
  bytes: number;
}

/** Reads what an earlier process has logged. A line that cannot be read is as if it had not been said. */
export async function readEarlier({ file, chunks }: LeftLog): Promise<EarlierLog> {
  const lines: EarlierLog["lines"] = [];
  let bytes = 0;
  for (const chunk of chunks) {
    const gzip = "place" in chunk ? await file.read(chunk.place) : chunk.gzip;
    for (const text of gunzipSync(gzip).toString().split("\n")) {
      const line = text === "" ? null : logLine.safeParse(JSON.parse(text)).data;
      if (line == null) continue;
      lines.push({ s: line.s, d: line.d });
      bytes += line.d.length;
    }
  }
  return { file, chunks, lines, bytes };
}
