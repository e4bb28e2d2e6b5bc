import { expect, test } from "vitest";
import { endBefore } from "./command-container-end.ts";

const bootedAt = Date.parse("2026-01-02T00:00:00Z");
const before = "2026-01-01T23:00:00Z";
const since = "2026-01-02T01:00:00Z";
const unseen = { code: null, outOfMemory: false };

test.each([
  ["its own exit code", { ExitCode: 3, OOMKilled: false, StartedAt: since }, { code: 3, outOfMemory: false }],
  ["its own 255", { ExitCode: 255, OOMKilled: false, StartedAt: since }, { code: 255, outOfMemory: false }],
  ["a machine that went down", { ExitCode: 255, OOMKilled: false, StartedAt: before }, unseen],
  ["an engine that was stopped", { ExitCode: 143, OOMKilled: false, StartedAt: before }, unseen],
  ["a SIGKILL of somebody's", { ExitCode: 137, OOMKilled: false, StartedAt: since }, unseen],
  [
    "a want of memory",
    { ExitCode: 137, OOMKilled: true, StartedAt: since },
    { code: 137, outOfMemory: true },
  ],
  [
    "a success after one",
    { ExitCode: 0, OOMKilled: true, StartedAt: since },
    { code: 0, outOfMemory: false },
  ],
])("a container that was found ended by %s", (_, state, end) => {
  expect(endBefore(state, bootedAt)).toEqual(end);
});
