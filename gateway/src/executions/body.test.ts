import { expect, test } from "vitest";
import { FakeClock, settle } from "../dispatch/world.suite.ts";
import { problemCodeOf } from "../runners/parts.suite.ts";
import { type BodyLimits, readBody } from "./body.ts";

const clock = new FakeClock();
const limits: BodyLimits = { most: null, wholeMost: 10, mayPipe: true };

function request(body: BodyInit | null, headers: Record<string, string> = {}, method = "POST"): Request {
  const init = { method, headers, body, duplex: "half" };
  return new Request("http://localhost/f/a", init as RequestInit);
}

function chunks(...sizes: number[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      const size = sizes.shift();
      if (size === undefined) controller.close();
      else controller.enqueue(new Uint8Array(size));
    },
  });
}

const read = (asked: Request, change: Partial<BodyLimits> = {}) =>
  readBody(asked, { ...limits, ...change }, { timer: clock.timer });

async function sizeOf(asked: Request, change: Partial<BodyLimits> = {}) {
  const body = await read(asked, change);
  if (body.at === "none") return "none";
  if (body.at === "bytes") return body.bytes.length;
  return `stream of ${(await new Response(body.stream).arrayBuffer()).byteLength}`;
}

test("no body, an empty one and one of a GET are none", async () => {
  expect(await sizeOf(request(null))).toBe("none");
  expect(await sizeOf(request(""))).toBe("none");
  expect(await sizeOf(request(chunks()))).toBe("none");
  expect(await sizeOf(request("x", { "content-length": "0" }))).toBe("none");
  expect(await sizeOf(request(null, {}, "GET"))).toBe("none");
});

test("a body up to the limit is read whole, declared or not", async () => {
  expect(await sizeOf(request("1234567890", { "content-length": "10" }))).toBe(10);
  expect(await sizeOf(request(chunks(4, 6)))).toBe(10);
});

test("a larger one is piped, every byte of it", async () => {
  expect(await sizeOf(request(chunks(4, 7), { "content-length": "11" }))).toBe("stream of 11");
  expect(await sizeOf(request(chunks(4, 7, 8)))).toBe("stream of 19");
});

test("where it may not be piped it is too large, declared or not", async () => {
  expect(await problemCodeOf(read(request(chunks(11), { "content-length": "11" }), { mayPipe: false }))).toBe(
    "payload_too_large",
  );
  expect(await problemCodeOf(read(request(chunks(4, 7)), { mayPipe: false }))).toBe("payload_too_large");
});

test("the endpoint's own limit holds for every kind, also while it is piped", async () => {
  expect(await problemCodeOf(read(request("123456", { "content-length": "6" }), { most: 5 }))).toBe(
    "payload_too_large",
  );
  expect(await problemCodeOf(read(request(chunks(3, 3)), { most: 5 }))).toBe("payload_too_large");
  const piped = await read(request(chunks(11, 11)), { most: 15 });
  expect(piped.at).toBe("stream");
  const text = piped.at === "stream" ? new Response(piped.stream).arrayBuffer() : Promise.resolve();
  expect(await problemCodeOf(text)).toBe("payload_too_large");
});

test("a body that takes its time is piped with what came already", async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const reading = read(request(readable));
  void writer.write(new Uint8Array(3));
  await settle();
  await clock.advance(1000);
  const body = await reading;
  void writer.write(new Uint8Array(4));
  void writer.close();
  const size = body.at === "stream" ? (await new Response(body.stream).arrayBuffer()).byteLength : 0;
  expect(size).toBe(7);
});

test("a body that breaks off, and a length that is none, are bad requests", async () => {
  const broken = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.error(new Error("connection reset"));
    },
  });
  expect(await problemCodeOf(read(request(broken)))).toBe("bad_request");
  expect(await problemCodeOf(read(request("x", { "content-length": "1e3" })))).toBe("bad_request");
});
