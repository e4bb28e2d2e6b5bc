import { expect, test } from "vitest";
import { readKvForm } from "./kv-form.ts";

test.each([
  [
    { key: "a", value: "5", ttl: "" },
    { key: "a", value: 5, ttl: undefined },
  ],
  [
    { key: "a b", value: '{"x": [null]}', ttl: " 1h30m " },
    { key: "a b", value: { x: [null] }, ttl: 5400 },
  ],
  [{ key: "", value: "5", ttl: "" }, { wrong: "key" }],
  [{ key: "a", value: "", ttl: "" }, { wrong: "value" }],
  [{ key: "a", value: "five", ttl: "" }, { wrong: "value" }],
  [{ key: "a", value: "5", ttl: "soon" }, { wrong: "ttl" }],
  [{ key: "a", value: "5", ttl: "250ms" }, { wrong: "ttl" }],
])("%j is read as %j", (typed, expected) => {
  expect(readKvForm(typed)).toEqual(expected);
});
