import { execFileSync } from "node:child_process";
import type { CommandView } from "@pulse/schema/wire/commands";
import fc from "fast-check";
import pc from "picocolors";
import { expect, test } from "vitest";
import { en } from "../messages/en.ts";
import { es } from "../messages/es.ts";
import { progressLine, resultText } from "./exec-output.ts";
import { commandOf, lineOf } from "./exec-words.ts";

const plain = pc.createColors(false);
const none = { arg: [], env: [] };
const counts = { total: 3, waiting: 0, running: 1, succeeded: 1, failed: 1, skipped: 0 };

function view(change: Partial<CommandView>): CommandView {
  const asked = { targets: ["all"], command: "id" };
  return {
    ...{ id: "exe_1", status: "succeeded", counts, results: [], asked, startedBy: "ana", error: null },
    ...{ createdAt: "2026-01-01T00:00:00Z", endedAt: "2026-01-01T00:00:01Z", groups: [], ...change },
  };
}

const result = (runner: string, status: string) => {
  const empty = { reason: null, message: null, exitCode: null, durationMs: null };
  return { runner, execution: `exe_${runner}`, status, ...empty };
};

test("one word is a line for the shell as it is", () => {
  expect(lineOf(["df -h | head -3"])).toBe("df -h | head -3");
  expect(lineOf(["uname", "-r"])).toBe("uname -r");
});

test("several words arrive as they were typed, whatever is in them", { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string().filter((word) => !word.includes("\0")),
        { minLength: 1, maxLength: 4 },
      ),
      (words) => {
        const line = lineOf(["printf", "%s\\0", ...words]);
        expect(execFileSync("/bin/sh", ["-c", line], { encoding: "utf8" })).toBe(
          words.map((word) => `${word.toWellFormed()}\0`).join(""),
        );
      },
    ),
    { numRuns: 60 },
  );
});

test("what is asked for is what the flags say", () => {
  const options = { arg: [], env: ["A=b=c"], in: "/srv", user: "www", batch: "25%", maxFailures: "2" };
  expect(commandOf("web & prod", ["id"], options, 30_000, en)).toEqual({
    targets: { select: ["web & prod"], strategy: { mode: "rolling", batch: "25%", maxFailures: 2 } },
    ...{ command: "id", env: { A: "b=c" }, cwd: "/srv", user: "www", timeoutMs: 30_000 },
  });
  const described = { ...none, ref: "apt-upgrade", arg: ["only=007", "limit=3", "dry=true"] };
  expect(commandOf("all", [], described, null, en)).toEqual({
    ...{ targets: ["all"], commandRef: "apt-upgrade", args: { only: "007", limit: 3, dry: true } },
  });
});

test("one thing is run, and what is typed wrong is said", () => {
  expect(() => commandOf("all", [], none, null, en)).toThrow(en.execOneWay);
  expect(() => commandOf("all", ["id"], { ...none, ref: "x" }, null, es)).toThrow(es.execOneWay);
  expect(() => commandOf("all", ["id"], { ...none, arg: ["a=b"] }, null, en)).toThrow(en.execArgs);
  expect(() => commandOf("all", ["id"], { ...none, env: ["a"] }, null, en)).toThrow(
    '--env takes name=value, got "a"',
  );
  expect(() => commandOf("all", ["id"], { ...none, batch: "some" }, null, en)).toThrow(
    "--batch takes a number",
  );
  expect(() => commandOf("all", [], { ...none, script: "/nowhere/x" }, null, en)).toThrow("cannot be read");
});

test("progress is one line in words", () => {
  const progress = { id: "exe_1", status: "running" as const, counts, results: [] };
  expect(progressLine(progress, plain, en)).toBe("3 machines: 1 running, 1 ok, 1 failed");
  expect(progressLine(progress, plain, es)).toBe("3 máquinas: 1 en marcha, 1 bien, 1 con fallo");
});

test("each output is shown once, under the machines that gave it, with how it ended in words", () => {
  const groups = [
    { ...group("succeeded", 0), runners: ["web-1", "web-2"], stdout: "6.1.0" },
    {
      ...group("failed", 3),
      runners: ["db-1"],
      stdout: "so far\nand on",
      stderr: "no\u001b[31m space",
      isTruncated: true,
    },
    { ...group("lost", null), runners: ["nas"], message: "the runner fell silent" },
  ];
  const results = ["web-1", "web-2", "db-1", "nas", "web-3"].map((name) => result(name, "pending"));
  expect(resultText(view({ groups, results }), plain, en).split("\n")).toEqual([
    "✓ 2 machines, ok: web-1, web-2",
    "  6.1.0",
    "✗ 1 machine, exit code 3: db-1",
    "  so far",
    "  and on",
    "  stderr │ no space",
    "  only the end of it: the whole is in the log of each",
    "✗ 1 machine, lost: how it went is not known (the runner fell silent): nas",
    "· 1 machine: web-3 (not run)",
  ]);
});

test("a command that no machine was for says why", () => {
  const error = { code: "no_targets", message: "no runner fits" };
  expect(resultText(view({ status: "failed", error }), plain, en)).toBe("✗ no runner fits");
});

function group(status: string, exitCode: number | null) {
  return { status, exitCode, message: null, stdout: "", stderr: "", isTruncated: false };
}
