import { expect, test } from "vitest";
import { en } from "../messages/en.ts";
import { type CallFlags, callOfFlags } from "./call-of-flags.ts";

const large = {
  ...{ method: "PUT" as const, path: "/a?x=1", body: '{\n  "n": 1 }' },
  headers: "content-type: application/x-own\n\nx-mode: loud",
};
const looked = { method: "GET" as const, path: "/", headers: "", body: "{}" };
const json = { "content-type": "application/json" };
const own = { "content-type": "application/x-own", "x-mode": "loud" };

test.each<[string, CallFlags, typeof large | typeof looked | null, unknown[]]>([
  ["nothing is a JSON object", {}, null, ["POST", "", json, "{}"]],
  ["a method without a body", { method: "GET" }, null, ["GET", "", {}, undefined]],
  ["flags alone", { method: "PUT", path: "/b", body: "[]" }, null, ["PUT", "/b", json, "[]"]],
  [
    "another type",
    { body: "a", header: ["Content-Type: x/y"] },
    null,
    ["POST", "", { "content-type": "x/y" }, "a"],
  ],
  ["a saved one", {}, large, ["PUT", "/a?x=1", own, large.body]],
  ["a saved one without a body", {}, looked, ["GET", "/", {}, undefined]],
  ["a saved one, empty", {}, { ...large, body: "", headers: "" }, ["PUT", "/a?x=1", {}, undefined]],
  [
    "flags over a saved one",
    { method: "POST", path: "/b", body: '{"n":2}', header: ["X-Mode: quiet"] },
    large,
    ["POST", "/b", { ...own, "x-mode": "quiet" }, '{"n":2}'],
  ],
  ["a body over one without a type", { body: "1" }, { ...large, headers: "" }, ["PUT", "/a?x=1", json, "1"]],
])("%s", (_, flags, saved, wanted) => {
  const { method, path, headers, body } = callOfFlags(flags, saved, en);
  expect([method, path, Object.fromEntries(headers), body]).toEqual(wanted);
});

test("a header that is none is told", () => {
  expect(() => callOfFlags({ header: ["none"] }, null, en)).toThrow('-H takes name:value, got "none"');
});
