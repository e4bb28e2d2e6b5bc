import { expect, test } from "vitest";
import { readSaved, savedMost, savedPlace, withoutSaved, withSaved } from "./saved-inputs.ts";
import type { TestCall } from "./test-call.ts";

const call: TestCall = { method: "POST", path: "/", headers: "content-type: application/json", body: "{}" };

test("what is kept is read again, newest first, for one person and one function", () => {
  const saved = withSaved(withSaved([], "small", call), "large", { ...call, body: "[1]" });
  expect(readSaved(JSON.stringify(saved)).map(({ name }) => name)).toEqual(["large", "small"]);
  expect(savedPlace("ana", "resize")).not.toBe(savedPlace("ben", "resize"));
});

test("one of the same name is replaced", () => {
  const saved = withSaved(withSaved([], "one", call), "one", { ...call, path: "/b" });
  expect(saved.map((one) => one.call.path)).toEqual(["/b"]);
});

test("headers with credentials are never kept", () => {
  const headers = "Authorization: Bearer abc\nx-mode: loud\n cookie: a=b\nX-Api-Key: 1";
  expect(withSaved([], "one", { ...call, headers })[0]?.call.headers).toBe("x-mode: loud");
});

test("the oldest goes when there are too many", () => {
  const all = Array.from({ length: savedMost + 1 }, (_, at) => `n${at}`).reduce(
    (saved, name) => withSaved(saved, name, call),
    readSaved(null),
  );
  expect([all.length, all[0]?.name, all.at(-1)?.name]).toEqual([savedMost, `n${savedMost}`, "n1"]);
  expect(withoutSaved(all, "n1").at(-1)?.name).toBe("n2");
});

test.each([
  "{",
  "7",
  '[{"name":"a"}]',
  '[{"name":"a","call":{"method":"BREW","path":"/","headers":"","body":""}}]',
])("%s in the storage is nothing kept", (text) => {
  expect(readSaved(text)).toEqual([]);
});
