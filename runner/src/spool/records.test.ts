import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { recordOf, recordsIn } from "./records.ts";

const payloads = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 8 });
const fileOf = (parts: readonly Uint8Array[]) => parts.map((part, at) => recordOf(1 + (at % 3), part));
const read = (bytes: Buffer) => recordsIn(bytes).records.map(({ payload }) => payload.toString("hex"));
const hex = (parts: readonly Uint8Array[]) => parts.map((part) => Buffer.from(part).toString("hex"));

describe("records of the spool", () => {
  test("what was written is read again, with nothing damaged", () => {
    fc.assert(
      fc.property(payloads, (parts) => {
        const { records, damagedBytes } = recordsIn(Buffer.concat(fileOf(parts)));
        expect(records.map(({ payload }) => payload.toString("hex"))).toEqual(hex(parts));
        expect(records.map(({ type }) => type)).toEqual(parts.map((_, at) => 1 + (at % 3)));
        expect(damagedBytes).toBe(0);
      }),
    );
  });

  test("of a file that was cut anywhere every whole record is read, and the torn one is counted as damage", () => {
    fc.assert(
      fc.property(payloads, fc.nat(), (parts, where) => {
        const records = fileOf(parts);
        const file = Buffer.concat(records);
        const cut = where % (file.length + 1);
        let end = 0;
        let whole = 0;
        while (whole < records.length && end + (records[whole]?.length ?? 0) <= cut) {
          end += records[whole]?.length ?? 0;
          whole += 1;
        }
        expect(read(file.subarray(0, cut))).toEqual(hex(parts.slice(0, whole)));
        expect(recordsIn(file.subarray(0, cut)).damagedBytes).toBe(cut - end);
      }),
    );
  });

  test("one flipped bit costs the record that it is in, and no other", () => {
    fc.assert(
      fc.property(payloads, fc.nat(), fc.nat(7), (parts, where, bit) => {
        const records = fileOf(parts);
        const file = Buffer.concat(records);
        const at = where % file.length;
        file.writeUInt8(file.readUInt8(at) ^ (1 << bit), at);
        let hit = 0;
        for (let end = records[0]?.length ?? 0; end <= at; end += records[hit]?.length ?? 0) hit += 1;
        expect(read(file)).toEqual(hex(parts.toSpliced(hit, 1)));
        expect(recordsIn(file).damagedBytes).toBe(records[hit]?.length);
      }),
    );
  });

  test("a block of zeros, as a file system leaves after a power loss, is damage of its size", () => {
    const file = Buffer.concat([
      recordOf(1, Buffer.from("a")),
      Buffer.alloc(4096),
      recordOf(1, Buffer.from("b")),
    ]);
    expect(recordsIn(file).damagedBytes).toBe(4096);
    expect(recordsIn(file).records.map(({ payload }) => payload.toString())).toEqual(["a", "b"]);
  });
});
