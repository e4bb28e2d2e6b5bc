import { expect, test } from "vitest";
import { hubSuite } from "../../dispatch/hub.suite.ts";
import type { Hub } from "../../hub.ts";
import { hubClient, serveHub } from "./hub-wire.ts";
import { shardedHub } from "./sharded-hub.ts";

/** Methods that arrived at the other end. */
const crossed = new Set<string>();

function overFetch(hub: Hub): Hub {
  const serve = serveHub(hub);
  return hubClient((request) => {
    crossed.add(new URL(request.url).pathname.slice(1));
    return serve(request);
  });
}

const place = { project: "default", pool: "default" };
const placed = async () => place;

function oneShard(hub: Hub): Hub {
  const places = {
    note: () => undefined,
    ofExecution: placed,
    ofRunner: placed,
    ofCap: async () => [place],
    ofProject: async () => [place],
  };
  return shardedHub(() => overFetch(hub), places);
}

for (const [name, wrap] of [
  ["the hub over fetch", overFetch],
  ["the hub of one shard over fetch", oneShard],
] as const) {
  hubSuite(name, wrap);
}

test("every method of the hub has crossed the wire in these suites", () => {
  const client: Hub = hubClient(() => Promise.reject(new Error("nobody is asked")));
  expect([...crossed].sort()).toEqual(Object.keys(client).sort());
});
