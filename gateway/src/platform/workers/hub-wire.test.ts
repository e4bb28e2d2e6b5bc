import { hubSuite } from "../../dispatch/hub.suite.ts";
import { hubClient, serveHub } from "./hub-wire.ts";
import { shardedHub } from "./sharded-hub.ts";

hubSuite("the hub over fetch", (hub) => hubClient(serveHub(hub)));

const place = { project: "default", pool: "default" };
const placed = async () => place;
hubSuite("the hub of one shard over fetch", (hub) =>
  shardedHub(() => hubClient(serveHub(hub)), {
    note: () => undefined,
    ofExecution: placed,
    ofRunner: placed,
    ofCap: async () => [place],
  }),
);
