import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { keepOpen, type StreamState } from "./keep-open.ts";
import type { SentEvent } from "./sse.ts";

type Answer = (response: ServerResponse) => void;

const stream = (response: ServerResponse, text: string) => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(text);
};

/** Follows a real server that answers the connections one after the other; resolves what was seen when `until` says so. */
async function follow(
  answers: readonly Answer[],
  until: (seen: { events: SentEvent[]; states: StreamState[]; refused: number[] }) => boolean,
  silentMs = 10_000,
) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const answer = answers[asked.length - 1] ?? answers.at(-1);
    answer?.(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const seen = { events: [] as SentEvent[], states: [] as StreamState[], refused: [] as number[] };
  const done = new AbortController();
  const look = () => {
    if (until(seen)) done.abort();
  };
  await keepOpen(
    {
      open: (after, signal) => fetch(`http://127.0.0.1:${port}/?after=${after}`, { signal }),
      after: null,
      onEvent: (event) => {
        seen.events.push(event);
        look();
      },
      onState: (state) => {
        seen.states.push(state);
        look();
      },
      onRefused: (status) => {
        seen.refused.push(status);
        look();
      },
      silentMs,
      pauseMs: () => 1,
    },
    done.signal,
  );
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return { ...seen, asked };
}

test("a stream that breaks off is opened again behind the last id that came", async () => {
  const { asked, events, states } = await follow(
    [
      (response) => {
        stream(response, "id: 4\nevent: ready\ndata: {}\n\nid: 5\nevent: runners\ndata: 1\n\n");
        setImmediate(() => response.destroy());
      },
      (response) => stream(response, "id: 5\nevent: ready\ndata: {}\n\nid: 6\nevent: runners\ndata: 2\n\n"),
    ],
    (seen) => seen.events.length === 4,
  );
  expect(asked).toEqual(["/?after=null", "/?after=5"]);
  expect(events.map(({ id, data }) => [id, data])).toEqual([
    ["4", "{}"],
    ["5", "1"],
    ["5", "{}"],
    ["6", "2"],
  ]);
  expect(states).toEqual(["live", "reconnecting", "live"]);
});

test("a sign of life moves the place to go on from", async () => {
  const { asked } = await follow(
    [
      (response) => {
        stream(response, "id: 4\nevent: ready\ndata: {}\n\nid: 40\n: quiet\n\n");
        setImmediate(() => response.destroy());
      },
      (response) => stream(response, "id: 40\nevent: ready\ndata: {}\n\n"),
    ],
    (seen) => seen.events.length === 2,
  );
  expect(asked).toEqual(["/?after=null", "/?after=40"]);
});

test("a stream that falls silent is taken for dead", async () => {
  const { asked } = await follow(
    [(response) => stream(response, "id: 4\nevent: ready\ndata: {}\n\n")],
    (seen) => seen.events.length === 2,
    100,
  );
  expect(asked).toEqual(["/?after=null", "/?after=4"]);
});

test("refusals are told with their status, and after several the stream counts as closed until one opens", async () => {
  const refuse: Answer = (response) => {
    response.writeHead(503);
    response.end();
  };
  const { refused, states } = await follow(
    [refuse, refuse, refuse, refuse, (response) => stream(response, "id: 4\nevent: ready\ndata: {}\n\n")],
    (seen) => seen.events.length === 1,
  );
  expect(refused).toEqual([503, 503, 503, 503]);
  expect(states).toEqual(["reconnecting", "reconnecting", "reconnecting", "closed", "live"]);
});
