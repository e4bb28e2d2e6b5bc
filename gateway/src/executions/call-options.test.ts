import { ProblemError } from "@pulse/schema/problem";
import { expect, test } from "vitest";
import { readCallOptions } from "./call-options.ts";

function read(headers: Record<string, string>, mode: "sync" | "async" = "sync") {
  return readCallOptions((name) => headers[name] ?? null, mode);
}

function codeOf(headers: Record<string, string>): string {
  try {
    read(headers);
  } catch (error) {
    if (error instanceof ProblemError) return error.code;
  }
  return "none";
}

test.each([
  [{}, "sync", "wait", 0, null],
  [{}, "async", "accept", 0, null],
  [{ prefer: "respond-async" }, "sync", "accept", 0, "respond-async"],
  [{ prefer: "wait=5" }, "sync", "wait-then-accept", 5000, "wait=5"],
  [{ prefer: "wait=5" }, "async", "wait-then-accept", 5000, "wait=5"],
  [{ prefer: "respond-async, wait=10" }, "sync", "wait-then-accept", 10_000, "wait=10"],
  [{ prefer: 'Wait="7"; x=1' }, "sync", "wait-then-accept", 7000, "wait=7"],
  [{ prefer: "wait=0" }, "sync", "accept", 0, "wait=0"],
  [{ prefer: "wait=99999" }, "sync", "wait-then-accept", 900_000, "wait=900"],
  [{ prefer: "return=minimal, wait=x" }, "sync", "wait", 0, null],
] as const)("%j on a %s endpoint is %s", (headers, mode, reply, waitMs, applied) => {
  expect(read(headers, mode)).toMatchObject({ reply, waitMs, applied });
});

test("the timeout is a duration", () => {
  expect(read({ "pulse-timeout": "1m30s" }).timeoutMs).toBe(90_000);
  expect(codeOf({ "pulse-timeout": "soon" })).toBe("bad_request");
  expect(codeOf({ "pulse-timeout": "0s" })).toBe("bad_request");
});

test("a call that starts later is accepted at once, and nobody waits for it", () => {
  expect(read({ "pulse-delay": "10m" })).toMatchObject({ reply: "accept", startAfter: { delayMs: 600_000 } });
  const at = "2027-01-01T09:00:00Z";
  expect(read({ "pulse-run-at": at }).startAfter).toEqual({ at: Date.parse(at) });
  expect(read({}).startAfter).toBeUndefined();
  expect(codeOf({ "pulse-delay": "soon" })).toBe("bad_request");
  expect(codeOf({ "pulse-delay": "31d" })).toBe("bad_request");
  expect(codeOf({ "pulse-run-at": "tomorrow" })).toBe("bad_request");
  expect(codeOf({ "pulse-run-at": "2027-01-01" })).toBe("bad_request");
  expect(codeOf({ "pulse-delay": "1s", "pulse-run-at": at })).toBe("bad_request");
  expect(codeOf({ "pulse-delay": "1s", prefer: "wait=5" })).toBe("bad_request");
});

test("an idempotency key is visible ASCII, quoted or not", () => {
  expect(read({ "idempotency-key": '"abc"' }).idempotencyKey).toBe("abc");
  expect(read({ "idempotency-key": "abc" }).idempotencyKey).toBe("abc");
  expect(codeOf({ "idempotency-key": "" })).toBe("bad_request");
  expect(codeOf({ "idempotency-key": "x".repeat(256) })).toBe("bad_request");
});

test("the ninth call of a chain is refused as a loop", () => {
  expect(read({ "pulse-depth": "8" }).depth).toBe(8);
  expect(codeOf({ "pulse-depth": "9" })).toBe("loop_detected");
  expect(codeOf({ "pulse-depth": "-1" })).toBe("bad_request");
});

test("a malformed traceparent is dropped, a good one kept", () => {
  const good = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
  expect(read({ traceparent: good }).traceparent).toBe(good);
  expect(read({ traceparent: "nonsense" }).traceparent).toBeNull();
});
