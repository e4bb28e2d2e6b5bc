import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, expect, test } from "vitest";
import { problemCodeOf } from "../../runners/parts.suite.ts";
import { HubLost } from "../workers/hub-message.ts";
import { FarHub } from "./far-hub.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A gateway that takes connections; `onCall` is all it does with a call. */
async function gateway(onCall: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(onCall).listen(0, "127.0.0.1");
  servers.push(server);
  await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A hub at a gateway that is frozen: calls arrive and nothing answers. `asked` resolves when one arrived. */
async function frozen(quickMs?: number): Promise<{ far: FarHub; asked: Promise<void> }> {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const url = await gateway(() => resolve());
  return { far: new FarHub({ url, secret: "s", ...(quickMs === undefined ? {} : { quickMs }) }), asked };
}

const outcomeOf = (work: Promise<unknown>) =>
  work.then(
    () => "answered",
    (error: unknown) => error,
  );
const never = new AbortController().signal;
const cancelled = { project: "default", id: "exe_a", reason: "cancelled" } as const;

test("the end of a caller's patience reaches a call to a frozen gateway, whatever the memory went through meanwhile", async () => {
  const { far, asked } = await frozen();
  const patience = new AbortController();
  const call = outcomeOf(far.hub.wait({ id: "exe_a", waitMs: 60_000 }, patience.signal));
  await asked;
  // What the call was made of and nobody holds any more is gone after this.
  for (let n = 0; n < 3; n++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const reason = new Error("enough");
  patience.abort(reason);
  expect(await call).toBe(reason);
});

test("a call that waits for nothing but its answer is given up when a frozen gateway gives none", async () => {
  const { far } = await frozen(50);
  expect(await outcomeOf(far.hub.cancel(cancelled))).toBeInstanceOf(HubLost);
  expect(await problemCodeOf(far.hub.take({ project: "default", takes: [] }))).toBe("unavailable");
});

test("what waits for a frozen gateway ends when the hub has another owner", async () => {
  const { far, asked } = await frozen();
  const call = outcomeOf(far.hub.wait({ id: "exe_a", waitMs: 60_000 }, never));
  await asked;
  far.lose();
  expect(await call).toBeInstanceOf(HubLost);
});

test("a gateway that goes away in the middle of a call is lost at once", async () => {
  const far = new FarHub({ url: await gateway((request) => request.socket.destroy()), secret: "s" });
  expect(await outcomeOf(far.hub.cancel(cancelled))).toBeInstanceOf(HubLost);
});

test("an answer that was cut off is lost, not taken for a whole one", async () => {
  const url = await gateway((_, response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write(Buffer.from([0, 0, 0, 50, 1]), () => response.destroy());
  });
  const far = new FarHub({ url, secret: "s" });
  expect(await outcomeOf(far.hub.cancel(cancelled))).toBeInstanceOf(HubLost);
});
