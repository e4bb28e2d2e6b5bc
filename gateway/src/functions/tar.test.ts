import { execFileSync } from "node:child_process";
import { ProblemError } from "@pulse/schema/problem";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readTar } from "./read-tar.ts";
import { type BundleFile, bundleMost, checkFiles, writeTar } from "./tar.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const file = (path: string, content = "x"): BundleFile => ({ path, content: encode(content) });
const refusal = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof ProblemError && error.code === "invalid_bundle") return error.message;
    throw error;
  }
  return "taken";
};

/** An entry as an attacker writes it: any name, any type, any size field, with the right sum. */
function entry(name: string, type: string, content = "", size = content.length.toString(8)): Buffer {
  const head = Buffer.alloc(512);
  head.write(name, 0, "latin1");
  head.write("0004755\0", 100);
  head.write("0000000\0", 108);
  head.write(`${size.padStart(11, "0")}\0`, 124, "latin1");
  head.write("        ", 148);
  head.write(type, 156);
  head.write("ustar\u000000", 257);
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  body.write(content);
  return Buffer.concat([head, body]);
}
const archive = (...entries: Buffer[]) => new Uint8Array(Buffer.concat([...entries, Buffer.alloc(1024)]));
const read = (...entries: Buffer[]) => refusal(() => checkFiles(readTar(archive(...entries))));

test("what is packed is unpacked, and by the system's own tar too", () => {
  const files = [file("a.ts", "one"), file(`deep/${"x".repeat(150)}.ts`, "two"), file("ñ/z.txt", "")];
  const tar = writeTar(files);
  expect(readTar(tar)).toEqual(files);
  const listed = execFileSync("tar", ["--list"], { input: tar, env: { ...process.env, LC_ALL: "C.UTF-8" } });
  expect(listed.toString().split("\n").filter(Boolean)).toHaveLength(3);
});

describe("ZS: archives", () => {
  test.each([
    ["../x"],
    ["/abs"],
    ["a/../../x"],
    ["..\\x"],
    ["C:\\x"],
    ["C:x"],
    [""],
    ["."],
    ["a/./b"],
    ["a//b"],
    ["a\u0001b"],
    [`${"d/".repeat(300)}x`],
    ["x".repeat(4097)],
  ])("ZS-01 the name %j is refused", (name) => {
    expect(refusal(() => checkFiles([file(name)]))).not.toBe("taken");
  });

  test.each([
    ["a symbolic link", entry("a", "2")],
    ["a hard link", entry("a", "1")],
    ["a device", entry("a", "3")],
    ["a block device", entry("a", "4")],
    ["a named pipe", entry("a", "6")],
    ["a sparse file", entry("a", "S")],
    ["a volume's name", entry("a", "V")],
    ["a long link name", entry("a", "K", "../x")],
    ["a negative size", entry("a", "0", "x", "-1")],
    ["a size that is no number", entry("a", "0", "x", "1x")],
    ["a size in base 256", entry("a", "0", "x", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")],
    ["a size over the end", entry("a", "0", "x", "77777777")],
  ])("ZS-02 %s is refused", (_, bad) => {
    expect(read(bad)).not.toBe("taken");
  });

  test("ZS-02 a long name leads nowhere else either", () => {
    expect(read(entry("x", "L", "../../etc/passwd"), entry("a", "0", "x"))).toMatch(/"\.\."/);
    const climbing = "27 path=../../etc/passwd\n";
    expect(read(entry("x", "x", climbing), entry("a", "0", "x"))).toMatch(/"\.\."/);
    expect(read(entry("x", "x", "12 path=a\0b\n"), entry("a", "0", "x"))).toMatch(/NUL/);
  });

  test.each([
    ["the same path", "a", "a"],
    ["another case", "README.md", "readme.md"],
    ["another normal form", "\u00e9.txt", "e\u0301.txt"],
    ["a file that is a folder", "a", "a/b"],
    ["a folder that is a file", "x/y/z", "x/Y"],
  ])("ZS-03 %s twice is refused", (_, one, other) => {
    expect(refusal(() => checkFiles([file(one), file(other)]))).not.toBe("taken");
  });

  test("ZS-04 modes and owners of an archive are not kept", () => {
    const [taken] = readTar(archive(entry("a", "0", "x")));
    expect(taken).toEqual(file("a"));
    expect(Buffer.from(writeTar([file("a")]).subarray(100, 108)).toString()).toBe("0000644\0");
  });

  test("ZS-05 too many files and too many bytes are refused", () => {
    const empty = Array.from({ length: bundleMost.files + 1 }, (_, i) => entry(`f${i}`, "0"));
    expect(read(...empty)).toMatch(/at most 2000 files/);
    const half = { path: "a", content: new Uint8Array(bundleMost.bytes) };
    expect(refusal(() => checkFiles([half, file("b")]))).toMatch(/50 MiB/);
  });

  test.each([
    ["a zip", Buffer.from("PK\u0003\u0004".padEnd(1024, "x"))],
    ["an archive with a wrong sum", Buffer.concat([entry("a", "0", "x").fill("9", 148, 150)])],
    ["an archive that is cut off", entry("a", "0", "x".repeat(2000)).subarray(0, 1024)],
  ])("ZS-07 %s is refused", (_, bytes) => {
    expect(refusal(() => readTar(new Uint8Array(bytes)))).not.toBe("taken");
  });

  test("ZS-07 something after the end is refused", () => {
    const tar = Buffer.concat([archive(entry("a", "0", "x")), entry("b", "0", "y")]);
    expect(refusal(() => readTar(new Uint8Array(tar)))).toMatch(/follows the end/);
  });

  test("100,000 archives with changes anywhere lead to files with good paths or to that problem", () => {
    const good = Buffer.from(writeTar([file("a.ts", "one"), file(`b/${"x".repeat(120)}`, "two")]));
    const change = fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(good.length), (changes, cut) => {
        const bytes = new Uint8Array(good);
        for (const { at, byte } of changes) bytes[at] = byte;
        const tried = refusal(() => checkFiles(readTar(bytes.slice(0, cut % 3 === 0 ? cut : bytes.length))));
        expect(tried.length).toBeGreaterThan(0);
      }),
      { numRuns: 100_000 },
    );
  }, 60_000);
});
