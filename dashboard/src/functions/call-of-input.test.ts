import type { InputView } from "@pulse/schema/wire/executions";
import { expect, test } from "vitest";
import { callOfInput } from "./call-of-input.ts";

const input: InputView = {
  method: "PUT",
  path: "/a?b=1",
  headers: [
    ["content-type", "application/json"],
    ["authorization", "Bearer x"],
    ["x-forwarded-for", "192.0.2.1"],
    ["content-length", "2"],
  ],
  body: { text: "{}" },
  bytes: 2,
  isKept: true,
};

test("method, path, body and its own headers are taken over, whose it was is not", () => {
  expect(callOfInput(input)).toEqual({
    method: "PUT",
    path: "/a?b=1",
    headers: "content-type: application/json",
    body: "{}",
  });
});

test("an empty body is an empty one", () => {
  expect(callOfInput({ ...input, body: null, bytes: 0 })?.body).toBe("");
});

test.each([
  ["bytes", { body: { base64: "AAA=" } }],
  ["a body that is not shown", { body: null, bytes: 9_000_000 }],
  ["a streamed body", { body: null, bytes: null, isKept: false }],
])("%s cannot be typed, so nothing is taken over", (_, other) => {
  expect(callOfInput({ ...input, ...other })).toBeNull();
});
