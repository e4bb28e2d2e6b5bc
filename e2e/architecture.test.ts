import { describe, expect, test } from "vitest";
import { exceptions } from "./architecture-exceptions.ts";
import { type Exception, strayTopFiles, unusedExceptions, violationsOf } from "./architecture-rules.ts";
import { repositoryFiles, type SourceFile } from "./source-files.ts";

const files = repositoryFiles();

test("every file keeps the rules of the architecture", () => {
  const lines = new Map(files.map(({ path, text }) => [path, text.split("\n")]));
  const found = violationsOf(files, exceptions).map(
    ({ path, line, rule }) => `${path}:${line} ${rule}\n    ${lines.get(path)?.[line - 1]?.trim() ?? ""}`,
  );
  expect(found, found.join("\n")).toEqual([]);
});

test("every exception is still needed", () => {
  expect(unusedExceptions(files, exceptions)).toEqual([]);
});

test("the top of the gateway holds the files that the architecture names", () => {
  expect(strayTopFiles(files)).toEqual([]);
});

describe("the rules catch", () => {
  const rulesBroken = (path: string, text: string) =>
    violationsOf([{ path, text }], exceptions).map(({ rule }) => rule);
  const broken: [what: string, path: string, text: string, rule: RegExp][] = [
    ["a file of 301 lines", "cli/src/one.ts", "x\n".repeat(301), /at most 300 lines, this one 301/],
    ["a test of 501 lines", "cli/src/one.test.ts", "x\n".repeat(501), /at most 500 lines/],
    ["a long Python file", "runtimes/python/bootstrap.py", "x\n".repeat(301), /at most 300 lines/],
    ["a name that says nothing", "gateway/src/http/utils.ts", "", /"utils" names no one thing/],
    ["such a name as the last word", "runner/src/job-manager.ts", "", /"manager" names/],
    ["such a folder", "runner/src/helpers/clock.ts", "", /folder called "helpers"/],
    ["such a class", "runner/src/slots.ts", "export class SlotManager {}", /a class is named/],
    ["a camel-case file", "runner/src/syncLoop.ts", "", /kebab-case/],
    ["an index file", "gateway/src/http/index.ts", "", /index\.ts is only/],
    ["a folder too deep", "gateway/src/a/b/c/d/e.ts", "", /at most three deep/],
    ["no extension", "runner/src/one.ts", 'import { a } from "./two";', /carry their extension/],
    ["a library in schema", "schema/src/one.ts", 'import ms from "ms";', /schema imports zod only/],
    ["drizzle outside tables", "schema/src/wire/a.ts", 'import { sql } from "drizzle-orm";', /zod only/],
    ["a clock in schema", "schema/src/ids.ts", "const a = Date.now();", /schema has no clock/],
    ["schema importing gateway", "schema/src/a.ts", 'import "@pulse/gateway/app";', /no other package/],
    [
      "tables in the runner",
      "runner/src/a.ts",
      'import { jobs } from "@pulse/schema/tables";',
      /gateway's alone/,
    ],
    ["tables in the cli", "cli/src/a.ts", 'import { a } from "@pulse/schema/tables";', /gateway's alone/],
    [
      "runner in the cli",
      "cli/src/a.ts",
      'import { main } from "@pulse/runner/main";',
      /cli imports schema only/,
    ],
    ["runner by a path", "cli/src/a.ts", 'import { main } from "../../runner/src/main.ts";', /by its name/],
    [
      "gateway in the runner",
      "runner/src/a.ts",
      'import("@pulse/gateway/app")',
      /runner imports schema only/,
    ],
    [
      "an import of runtimes",
      "runner/src/a.ts",
      'import "../../runtimes/typescript/a.mjs";',
      /nothing imports/,
    ],
    [
      "a library in runtimes",
      "runtimes/typescript/a.mjs",
      'import * as z from "zod";',
      /standard library only/,
    ],
    [
      "node: in a feature",
      "gateway/src/auth/keys.ts",
      'import { hash } from "node:crypto";',
      /only gateway\/src\/pl/,
    ],
    [
      "a bare builtin",
      "gateway/src/auth/keys.ts",
      'import { hash } from "crypto";',
      /only gateway\/src\/platform/,
    ],
    ["the environment", "gateway/src/config.ts", "const a = process.env.HOME;", /knows where it runs/],
    ["setInterval", "gateway/src/core.ts", "setInterval(tick, 1000);", /no setInterval/],
    ["platform in a feature", "gateway/src/auth/a.ts", 'import "../platform/node/ports.ts";', /but platform/],
    ["a feature in dispatch", "gateway/src/dispatch/a.ts", 'import "../executions/view.ts";', /no feature/],
    ["http in dispatch", "gateway/src/dispatch/a.ts", 'import "../http/context.ts";', /no feature/],
    ["a feature in http", "gateway/src/http/a.ts", 'import type { K } from "../auth/keys.ts";', /no feature/],
    ["a feature in a feature", "gateway/src/auth/a.ts", 'import "../runners/enrol.ts";', /not runners\//],
    ["core in a feature", "gateway/src/auth/a.ts", 'import "../core.ts";', /only ports and hub/],
    ["a feature in hub.ts", "gateway/src/hub.ts", 'import "./auth/keys.ts";', /hub\.ts imports no feature/],
    ["a store from outside", "gateway/src/app.ts", 'import { s } from "./auth/store.ts";', /its own feature/],
    ["async in a pure file", "gateway/src/auth/may.ts", "export async function may() {}", /not async/],
    ["a clock in a pure file", "gateway/src/triggers/due.ts", "return Date.now() > at;", /no clock/],
    [
      "an import in a pure file",
      "gateway/src/dispatch/match.ts",
      'import "./fleet.ts";',
      /pure file imports/,
    ],
    [
      "an import over several lines",
      "cli/src/a.ts",
      'import {\n  one,\n  two,\n} from "@pulse/gateway/app";',
      /cli imports schema only/,
    ],
  ];
  test.each(broken)("%s", (_what, path, text, rule) => {
    expect(rulesBroken(path, text).join("\n")).toMatch(rule);
  });

  test("an exception that nothing uses", () => {
    const planted: Exception = { from: "gateway/src/auth", to: "gateway/src/runners/enrol.ts", because: "" };
    const unrelated: SourceFile = { path: "gateway/src/auth/a.ts", text: 'import "./b.ts";' };
    expect(unusedExceptions([unrelated], [planted])).toEqual([planted]);
  });

  test("nothing in code that keeps them", () => {
    const text = `import type { Job } from "@pulse/schema/wire/job";\nimport { decide } from "./retry.ts";\n`;
    expect(rulesBroken("gateway/src/dispatch/offers.ts", text)).toEqual([]);
    expect(rulesBroken("gateway/src/executions/a.ts", 'import "../functions/resolve.ts";')).toEqual([]);
    expect(rulesBroken("gateway/src/auth/a.ts", "// process.env is read by the platform")).toEqual([]);
    expect(rulesBroken("examples/a/index.ts", 'import "node:fs";')).toEqual([]);
  });

  test("the line of a violation", () => {
    const text = `/* head */\n\nimport { a } from "./a.ts";\nimport {\n  b,\n} from "./b";\n`;
    expect(violationsOf([{ path: "cli/src/c.ts", text }], [])).toEqual([
      { path: "cli/src/c.ts", line: 6, rule: "relative imports carry their extension: imports ./b" },
    ]);
  });
});
