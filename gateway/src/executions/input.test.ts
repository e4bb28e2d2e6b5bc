import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { makeParts, type Parts, problemCodeOf } from "../runners/parts.suite.ts";
import { bytesOf, makeCall } from "./call.suite.ts";
import { readInput } from "./input.ts";
import { type Call, invoke } from "./invoke.ts";

const never = new AbortController().signal;
let parts: Parts;
beforeEach(async () => {
  parts = await makeParts();
});
afterEach(async () => {
  await settle();
  parts.close();
  expect(parts.problems).toEqual([]);
});

async function inputOf(body: Call["body"], headers: [string, string][] = []) {
  const request = { method: "POST", url: "http://localhost:8787/f/hello/a?b=1", path: "/a?b=1", headers };
  const { id } = await invoke(parts.deps, makeCall({ reply: "accept" }, body, { request }), never);
  return await readInput(parts.ports, "default", id);
}

test("the input of a call is shown as it came, credentials hidden", async () => {
  const shown = await inputOf(bytesOf("größer"), [
    ["content-type", "text/plain"],
    ["authorization", "Basic abc"],
    ["cookie", "a=b"],
    ["x-hub-signature-256", "sha256=1"],
    ["x-api-key", "k"],
  ]);
  expect(shown).toEqual({
    method: "POST",
    path: "/a?b=1",
    headers: [
      ["content-type", "text/plain"],
      ["authorization", "(hidden)"],
      ["cookie", "(hidden)"],
      ["x-hub-signature-256", "(hidden)"],
      ["x-api-key", "(hidden)"],
    ],
    body: { text: "größer" },
    bytes: 8,
    isKept: true,
  });
});

test("what is no text is base64, what is large is counted only, what was streamed is not known", async () => {
  const bytes = new Uint8Array([255, 0]);
  expect(await inputOf({ at: "bytes", bytes })).toMatchObject({ body: { base64: "/wA=" }, bytes: 2 });
  const large = await inputOf(bytesOf("x".repeat(300_000)));
  expect(large).toMatchObject({ body: null, bytes: 300_000, isKept: true });
  const stored = await inputOf(bytesOf("x".repeat(100_000)));
  expect(stored.body).toEqual({ text: "x".repeat(100_000) });
  expect(await inputOf({ at: "none" })).toMatchObject({ body: null, bytes: 0, isKept: true });
  const streamed = await inputOf({ at: "stream", stream: new Blob(["x"]).stream() });
  expect(streamed).toMatchObject({ body: null, bytes: null, isKept: false });
});

test("another project's execution is not found", async () => {
  const { id } = await invoke(parts.deps, makeCall({ reply: "accept" }), never);
  expect(await problemCodeOf(readInput(parts.ports, "other", id))).toBe("not_found");
});
