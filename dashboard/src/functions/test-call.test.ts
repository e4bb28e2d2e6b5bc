import { starters } from "@pulse/schema/starter";
import { draftRunBody } from "@pulse/schema/wire/drafts";
import { expect, test } from "vitest";
import { firstCall, readCall, readHeaders } from "./test-call.ts";

test("headers are one a line, names in lower case, and empty lines are nothing", () => {
  expect(readHeaders("Content-Type: text/plain\n\n X-A:b:c ")).toEqual({
    "content-type": "text/plain",
    "x-a": "b:c",
  });
});

test("a line that is no header is told by its number", () => {
  expect(readHeaders("a: b\nnonsense")).toEqual({ badLine: 2 });
  expect(readHeaders("bad name: x")).toEqual({ badLine: 1 });
});

test("what the gateway gets is what it takes", () => {
  const read = readCall({ ...firstCall({ runtime: "python", files: {} }), path: "/a?x=1" });
  expect("body" in read && draftRunBody.parse(read.body)).toMatchObject({ method: "POST", path: "/a?x=1" });
});

test("a GET sends no body, whatever stands in the field", () => {
  expect(readCall({ method: "GET", path: "/", headers: "", body: "x" })).toEqual({
    body: { method: "GET", path: "/", headers: {} },
  });
});

test("a path must begin with a slash", () => {
  expect(readCall({ method: "GET", path: "a", headers: "", body: "" })).toMatchObject({ field: "path" });
});

test("the starter is called with what it greets, other code with an empty object", () => {
  const { file, text, input } = starters.python;
  expect(firstCall({ runtime: "python", files: { [file]: text } }).body).toBe(input);
  expect(firstCall({ runtime: "python", files: { [file]: "x" } }).body).toBe("{}");
});
