import { expect, test } from "vitest";
import { readLayout } from "./layout.ts";

test("an empty file is in order, and says nothing", () => {
  expect(readLayout("# nothing yet\n")).toMatchObject({ layout: { schedules: {}, removed: {} }, wrong: [] });
});

test("times are parsed, and kept as they are written", () => {
  const read = readLayout("schedules:\n  often: { every: 15m, target: { function: ping } }\n");
  expect(read).toMatchObject({
    layout: { schedules: { often: { every: 900_000 } } },
    written: { schedules: { often: { every: "15m" } } },
  });
});

test.each([
  ["schedules: [", { line: 1 }],
  ["jobs: {}\n", { line: 1, message: expect.stringContaining("jobs") }],
  [
    "schedules:\n  a:\n    target: { function: f }\n",
    { line: 2, pointer: "/schedules/a", message: expect.stringContaining("cron") },
  ],
  [
    "webhooks:\n  a: { provider: github, target: { function: f }, secret: s3 }\n",
    { line: 2, pointer: "/webhooks/a" },
  ],
  ["channels:\n\n  ops: { type: pigeon }\n", { line: 3, pointer: "/channels/ops/type" }],
  [
    "channels: { ops: { type: slack, url: 'https://hooks.example.test/x' } }\n",
    { line: 1, pointer: "/channels/ops" },
  ],
  [
    "schedules: { a: { cron: '@daily', target: { function: f } } }\nremoved:\n  schedules: [a]\n",
    { line: 3, pointer: "/removed/schedules/0" },
  ],
])("%j is told with its line", (text, wrong) => {
  expect(readLayout(text).wrong).toMatchObject([wrong]);
});

test("a name that every object has is one as any other", () => {
  expect(readLayout("removed:\n  schedules: [constructor]\n").wrong).toEqual([]);
});
