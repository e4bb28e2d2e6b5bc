import { crc32 } from "node:zlib";

const magic = Buffer.from("PSL1", "latin1");
const headerBytes = 16;
/** No record is longer: a length above it is damage. */
const payloadMostBytes = 64 * 2 ** 20;

/** What a record of the spool holds: an outcome, which outcomes are settled, one chunk of a log. */
export const recordTypes = { outcome: 1, settled: 2, chunk: 3 } as const;

/** One whole record, and where in its file its payload begins. */
export interface SpoolRecord {
  type: number;
  payload: Buffer;
  at: number;
}

/** A record as it is written: mark, type, length, CRC-32 of type, length and payload, payload. */
export function recordOf(type: number, ...payload: readonly Uint8Array[]): Buffer {
  const head = Buffer.alloc(headerBytes);
  magic.copy(head);
  head.writeUInt32LE(type, 4);
  head.writeUInt32LE(
    payload.reduce((sum, part) => sum + part.length, 0),
    8,
  );
  let sum = crc32(head.subarray(4, 12));
  for (const part of payload) sum = crc32(part, sum);
  head.writeUInt32LE(sum, 12);
  return Buffer.concat([head, ...payload]);
}

/** Bytes that a record takes besides its payload. */
export const recordOverhead = headerBytes;

/** The records of a file that are whole, in order, and how many bytes belong to none: a torn end, or damage in the middle. */
export function recordsIn(file: Buffer): { records: SpoolRecord[]; damagedBytes: number } {
  const records: SpoolRecord[] = [];
  let damagedBytes = 0;
  let at = 0;
  while (at < file.length) {
    const found = recordAt(file, at);
    if (found !== null) {
      records.push(found);
      at = found.at + found.payload.length;
      continue;
    }
    const next = file.indexOf(magic, at + 1);
    const skipped = (next < 0 ? file.length : next) - at;
    damagedBytes += skipped;
    at += skipped;
  }
  return { records, damagedBytes };
}

function recordAt(file: Buffer, at: number): SpoolRecord | null {
  const begin = at + headerBytes;
  if (begin > file.length || !file.subarray(at, at + magic.length).equals(magic)) return null;
  const length = file.readUInt32LE(at + 8);
  if (length > payloadMostBytes || begin + length > file.length) return null;
  const payload = file.subarray(begin, begin + length);
  if (crc32(payload, crc32(file.subarray(at + 4, at + 12))) !== file.readUInt32LE(at + 12)) return null;
  return { type: file.readUInt32LE(at + 4), payload, at: begin };
}
