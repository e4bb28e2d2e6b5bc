import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readDescribed } from "./command-book.ts";
import { fillArgv } from "./fill-argv.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-book-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (value: unknown, name = "act", mode = 0o600) =>
  writeFileSync(join(folder, `${name}.json`), typeof value === "string" ? value : JSON.stringify(value), {
    mode,
  });
const fill = (args: Parameters<typeof fillArgv>[1]) => fillArgv(readDescribed(folder, "act"), args);
const name = (text: string) => ["$", "{", text, "}"].join("");
const act = {
  argv: [
    "/usr/bin/act",
    "--verbose",
    { when: "dry", words: ["--dry-run"] },
    { when: "label", words: ["--label", `is:${name("label")}`] },
    `--count=${name("count")}`,
    "--",
    name("target"),
  ],
  args: {
    target: { type: "string", pattern: "[^ ]+" },
    label: { type: "string", optional: true },
    count: { type: "integer", min: 1, max: 10 },
    dry: { type: "boolean", optional: true },
    level: { type: "choice", options: ["low", "-high"], optional: true },
  },
};

describe("a described command", () => {
  test("gets its values as parts of single words", () => {
    write(act);
    expect(fill({ target: "web-1", count: 3 })).toEqual([
      ...["/usr/bin/act", "--verbose", "--count=3", "--", "web-1"],
    ]);
    expect(fill({ target: "x", count: "10", label: "a b", dry: true })).toEqual([
      ...["/usr/bin/act", "--verbose", "--dry-run", "--label", "is:a b", "--count=10", "--", "x"],
    ]);
    expect(fill({ target: "x", count: 1, dry: false, label: null })).toHaveLength(5);
  });

  test.each(['";touch,pwned#', "$(id)", "`id`", "*", "../../etc", "a;b|c&d", "%s", "é\u202e", name("count")])(
    "%j stays one word, as it is",
    (target) => {
      write(act);
      expect(fill({ target, count: 1 }).at(-1)).toBe(target);
    },
  );

  test.each([
    ["a value that begins like an option", { target: "-rf", count: 1 }, /"target" must not begin with "-"/],
    ["one with a long option", { target: "--upload-pack=x", count: 1 }, /must not begin/],
    ["a line end", { target: "a\nb", count: 1 }, /line ends or other control/],
    ["NUL", { target: "a\0b", count: 1 }, /control characters/],
    ["an escape sequence", { target: "\u001b[2J", count: 1 }, /control characters/],
    ["what does not match", { target: "a b", count: 1 }, /must match/],
    ["too long a text", { target: "x".repeat(257), count: 1 }, /at most 256/],
    ["a boolean as a text", { target: true, count: 1 }, /must be a text/],
    ["no value", { count: 1 }, /"target" is missing/],
    ["null", { target: null, count: 1 }, /"target" is missing/],
    ["too large a number", { target: "x", count: 11 }, /from 1 to 10/],
    ["half a number", { target: "x", count: 1.5 }, /whole number/],
    ["a text as a number", { target: "x", count: "1; id" }, /whole number/],
    ["a text as a boolean", { target: "x", count: 1, dry: "true" }, /true or false/],
    ["another choice", { target: "x", count: 1, level: "mid" }, /one of low/],
    ["an argument that there is not", { target: "x", count: 1, user: "root" }, /no argument "user"/],
    ["a name of every object", { target: "x", count: 1, constructor: "y" }, /no argument "constructor"/],
  ])("refuses %s", (_what, args, words) => {
    write(act);
    expect(() => fill(args)).toThrow(words);
  });

  test("two values side by side do not make an option of an empty one and a dash", () => {
    const text = { type: "string" };
    write({ argv: ["/bin/act", `${name("a")}${name("b")}`], args: { a: text, b: text } });
    expect(() => fill({ a: "", b: "-rf" })).toThrow(/"b" must not begin/);
    expect(fill({ a: "x", b: "-rf" })).toEqual(["/bin/act", "x-rf"]);
  });

  test("an operator may allow a leading dash", () => {
    write({ argv: ["/bin/act", name("a")], args: { a: { type: "string", leadingDash: true } } });
    expect(fill({ a: "-5" })).toEqual(["/bin/act", "-5"]);
  });

  test("a negative number is no option by itself where it stands in a word of its own", () => {
    write({ argv: ["/bin/act", name("a")], args: { a: { type: "integer", min: -9 } } });
    expect(() => fill({ a: -5 })).toThrow(/must not begin/);
  });
});

describe("a description", () => {
  test.each(["../act", "a/b", ".", "", "ACT", "-x", "a.b", "a\0", "x".repeat(64)])(
    "is not looked for under %j",
    (bad) => expect(() => readDescribed(folder, bad)).toThrow(/not the name of a command/),
  );

  test.each([
    ["no JSON", "{ half", /cannot be read/],
    ["a program without a path", { argv: ["rm"] }, /absolute path/],
    [
      "a program that is an argument",
      { argv: [`/bin/${name("x")}`], args: { x: { type: "string" } } },
      /absolute/,
    ],
    ["no program", { argv: [] }, /argv/],
    ["an argument that it does not describe", { argv: ["/bin/act", name("x")] }, /uses x/],
    ["a condition that it does not describe", { argv: ["/bin/act", { when: "x", words: ["y"] }] }, /uses x/],
    ["a shell's line", { argv: "/bin/act; id" }, /argv/],
    ["something unknown", { argv: ["/bin/act"], shell: true }, /Unrecognized/],
    ["a broken pattern", { argv: ["/bin/act"], args: { a: { type: "string", pattern: "(" } } }, /no pattern/],
    ["a variable that loads code", { argv: ["/bin/act"], env: ["LD_PRELOAD"] }, /cannot be set/],
  ])("with %s is refused", (_what, value, words) => {
    write(value);
    expect(() => readDescribed(folder, "act")).toThrow(words);
  });

  test("that others could write is not followed", () => {
    write({ argv: ["/bin/act"] });
    chmodSync(join(folder, "act.json"), 0o666);
    expect(() => readDescribed(folder, "act")).toThrow(/can be written by others/);
  });

  test("that is not there is said to be missing", () => {
    expect(() => readDescribed(folder, "act")).toThrow('this runner describes no command "act"');
  });
});
