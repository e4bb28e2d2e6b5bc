import { ProblemError } from "@pulse/schema/problem";
import { expect, test } from "vitest";
import { readBytes, readJson } from "./read-body.ts";

const url = "http://localhost:8787/";
const codeOf = async (reading: Promise<unknown>) => {
  try {
    await reading;
    return "none";
  } catch (error) {
    return error instanceof ProblemError ? error.code : error;
  }
};
/** A body that goes on for as long as somebody reads, in chunks of 1 KiB; `read` counts them. */
function endless(headers: Record<string, string> = {}) {
  const seen = { read: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        seen.read += 1;
        controller.enqueue(new Uint8Array(1024));
      },
      cancel() {
        seen.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return {
    seen,
    request: new Request(url, { method: "POST", headers, body, duplex: "half" } as RequestInit),
  };
}
const post = (body: BodyInit) => new Request(url, { method: "POST", body });

test("a body within its limit is read whole, with a declared length and without", async () => {
  const bytes = new TextEncoder().encode("hello");
  expect(await readBytes(post(bytes), 5)).toEqual(bytes);
  const declared = new Request(url, { method: "POST", body: bytes, headers: { "content-length": "5" } });
  expect(await readBytes(declared, 5)).toEqual(bytes);
  expect(await readBytes(new Request(url, { method: "POST" }), 5)).toHaveLength(0);
});

test("a body without a length is read no further than its limit", async () => {
  const { seen, request } = endless();
  expect(await codeOf(readBytes(request, 10_000))).toBe("payload_too_large");
  expect(seen).toEqual({ read: 10, cancelled: true });
});

test("a body that says that it is too large is not read at all", async () => {
  const { seen, request } = endless({ "content-length": "10001" });
  expect(await codeOf(readBytes(request, 10_000))).toBe("payload_too_large");
  expect(seen.read).toBe(0);
});

test("a body that breaks off is the caller's problem", async () => {
  const body = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error("reset")) });
  const request = new Request(url, { method: "POST", body, duplex: "half" } as RequestInit);
  expect(await codeOf(readBytes(request, 10))).toBe("bad_request");
});

test("JSON is read strictly, and bytes that are no UTF-8 are no JSON", async () => {
  expect(await readJson(post('{"a":[1]}'), 100)).toEqual({ a: [1] });
  expect(await codeOf(readJson(post('{"a":1,"a":2}'), 100))).toBe("invalid_json");
  expect(await codeOf(readJson(post(new Uint8Array([0x22, 0xff, 0x22])), 100))).toBe("invalid_json");
});
