import type { ExecutionDiffView, StepDiffView } from "@pulse/schema/wire/execution-diff";
import pc from "picocolors";
import { expect, test } from "vitest";
import { en } from "../messages/en.ts";
import { es } from "../messages/es.ts";
import { diffText } from "./execution-diff-text.ts";

const compared = (id: string, status: string): ExecutionDiffView["before"] => ({
  ...{ id, kind: "workflow", name: "patch", version: 3, status, reason: null },
  ...{ createdAt: "2026-01-01T00:00:00.000Z", durationMs: 1500, error: null },
});
const side = (status: string, more: object = {}): NonNullable<StepDiffView["before"]> => ({
  ...{ status, attempt: 1, durationMs: 812, error: null, reused: false },
  ...more,
});
const target = (status: string, exitCode: number) => ({
  status,
  exitCode,
  durationMs: 90,
  execution: "exe_1",
});

const diff: ExecutionDiffView = {
  before: compared("exe_a", "failed"),
  after: compared("exe_b", "succeeded"),
  isSame: false,
  truncated: false,
  definition: [{ pointer: "/steps/1/command", kind: "changed", step: "test", before: "old", after: "new" }],
  inputs: [{ pointer: "/env", kind: "added", step: null, after: "prod" }],
  output: [],
  steps: [
    {
      ...{ path: "build", name: "build", type: "execute", isSame: true, output: [], targets: [] },
      ...{ before: side("succeeded"), after: side("succeeded", { reused: true }) },
    },
    {
      ...{ path: "test", name: "test", type: "execute", isSame: false, output: [] },
      before: side("failed", { error: "exit code 1 on web-2", attempt: 2 }),
      after: side("succeeded"),
      targets: [
        { runner: "web-1", before: target("succeeded", 0), after: target("succeeded", 0), logs: null },
        {
          runner: "web-2",
          before: target("failed", 1),
          after: target("succeeded", 0),
          logs: {
            ...{ added: 1, removed: 1, truncated: false },
            hunks: [
              {
                ...{ before: 3, after: 3 },
                lines: [
                  { kind: "same", text: "start" },
                  { kind: "removed", text: "broken" },
                  { kind: "added", text: "fine" },
                ],
              },
            ],
          },
        },
      ],
    },
  ],
  logs: null,
};
const plain = pc.createColors(false);

test("what differs is told place by place, with the lines of the logs that do", () => {
  expect(diffText(diff, { messages: en, colours: plain, all: false }).split("\n")).toEqual([
    "before   exe_a  patch@3  failed  1.5 s  2026-01-01T00:00:00.000Z",
    "after    exe_b  patch@3  succeeded  1.5 s  2026-01-01T00:00:00.000Z",
    "",
    "Definition",
    '  ~ /steps/1/command  "old" → "new"',
    "",
    "Inputs",
    '  + /env  "prod"',
    "",
    "Steps",
    "  ~ test  failed (812 ms, #2) → succeeded (812 ms)",
    "      - exit code 1 on web-2",
    "      web-2  failed (exit 1, 90 ms) → succeeded (exit 0, 90 ms)",
    "        @@ 3 → 3",
    "         start",
    "        -broken",
    "        +fine",
    "  = 1 the same",
    "",
    "They differ.",
  ]);
});

test("with all of them the steps that are the same are shown, and a step that was taken over says so", () => {
  const text = diffText(diff, { messages: es, colours: plain, all: true });
  expect(text).toContain("  = build  succeeded (812 ms) → succeeded (812 ms, tomado de la anterior)");
  expect(text).toContain("Son distintas.");
});

test("colours are for what was and what is", () => {
  const text = diffText(diff, { messages: en, colours: pc.createColors(true), all: false });
  expect(text).toContain("\u001b[31m-broken\u001b[39m");
  expect(text).toContain("\u001b[32m+fine\u001b[39m");
});

test("two that are the same say no more than that", () => {
  const same = { ...diff, isSame: true, definition: [], inputs: [], steps: diff.steps.slice(0, 1) };
  const text = diffText(same, { messages: en, colours: plain, all: false });
  expect(text.split("\n").slice(2)).toEqual([
    "",
    "Steps",
    "  = 1 the same",
    "",
    "They are the same, times aside.",
  ]);
});

test("of what was not all compared it says so", () => {
  const textOf = (truncated: boolean) =>
    diffText({ ...diff, truncated }, { messages: en, colours: plain, all: false });
  expect([false, true].map((one) => textOf(one).includes(en.diffCut))).toEqual([false, true]);
});
