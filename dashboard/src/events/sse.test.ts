import { expect, test } from "vitest";
import { readEvents, type SentEvent } from "./sse.ts";

async function read(...chunks: (string | Uint8Array)[]): Promise<SentEvent[]> {
  const bytes = chunks.map((chunk) => (typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk));
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of bytes) controller.enqueue(piece);
      controller.close();
    },
  });
  const events: SentEvent[] = [];
  for await (const event of readEvents(body)) events.push(event);
  return events;
}

test("a message is told once it is whole, wherever its bytes were cut", async () => {
  const bytes = new TextEncoder().encode('id: 7\nevent: runners\ndata: {"name":"ñandú"}\n\n');
  const cuts = [...bytes].map((_, at) => [bytes.slice(0, at), bytes.slice(at)]);
  for (const pieces of cuts)
    expect(await read(...pieces)).toEqual([{ id: "7", event: "runners", data: '{"name":"ñandú"}' }]);
});

test("a comment and an id without data are signs of life; the id lasts", async () => {
  expect(await read(": hello\n\n", "id: 9\n: quiet\n\n", "data: 1\n\n")).toEqual([
    { id: "", event: "message", data: null },
    { id: "9", event: "message", data: null },
    { id: "9", event: "message", data: "1" },
  ]);
});

test("several data lines are one text, and CRLF ends lines too", async () => {
  expect(await read("data: a\r\ndata: b\r\n\r\n")).toEqual([{ id: "", event: "message", data: "a\nb" }]);
});

test("what was not whole when the stream broke off is not told", async () => {
  expect(await read("data: 1\n\ndata: 2\n")).toHaveLength(1);
});
