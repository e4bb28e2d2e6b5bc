import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createClient } from "@libsql/client/web";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { migrateRemote } from "../gateway/src/platform/workers/migrate.ts";
import { type HranaServer, serveHrana } from "../tools/hrana/server.ts";
import { commandRunners, held, NotedRuns, note, on, say, startCommandWorld } from "./noted-runs.ts";
import { freePort, type Running, startProcess, until } from "./platforms/node.ts";
import type { World } from "./world.ts";

const masterKey = randomBytes(32).toString("base64");
const owns = "this gateway owns the hub";

/** One gateway is the world's, which runners and callers speak with; the other one stands beside it. */
describe("two gateways over one database", () => {
  let world: World;
  let hrana: HranaServer;
  let other: Running;
  let otherPort: number;
  let startOther: () => Promise<Running>;
  const runs = new NotedRuns(() => world);

  beforeAll(async () => {
    otherPort = await freePort();
    const port = await freePort();
    world = await startCommandWorld({
      async startGateway({ dataDir, adminKey }) {
        hrana = await serveHrana({ file: join(dataDir, "remote.db") });
        await migrateRemote(createClient({ url: hrana.url }));
        const start = async (name: string, at: number) => {
          const url = `http://127.0.0.1:${at}`;
          const running = startProcess("gateway/src/platform/node/main.ts", {
            ...{ PULSE_DATA_DIR: join(dataDir, name), PULSE_PORT: String(at), PULSE_ADMIN_KEY: adminKey },
            ...{ PULSE_MASTER_KEY: masterKey, PULSE_DATABASE_URL: hrana.url, PULSE_PUBLIC_URL: url },
          });
          const ready = async () => ((await fetch(`${url}/readyz`).catch(() => null))?.ok ? true : null);
          await until(`${name} answers`, ready, running);
          return running;
        };
        startOther = () => start("other", otherPort);
        other = await startOther();
        return { url: `http://127.0.0.1:${port}`, running: await start("own", port) };
      },
    });
  }, 240_000);
  afterAll(async () => {
    world?.gateway.child.kill("SIGCONT");
    await world?.stop();
    await other?.stop();
    await hrana?.close();
  }, 60_000);

  const definition = {
    steps: [
      { id: "first", name: "First", ...on(...commandRunners), command: `${note("first")}; ${held("go")}` },
      { id: "rest", name: "Rest", type: "wait", duration: "500ms" },
      {
        ...{ id: "all", name: "All", type: "foreach", maxParallel: 3, as: "n" },
        items: Array.from({ length: 9 }, (_, i) => i),
        steps: [
          {
            id: "one",
            name: "One",
            ...on("web-1"),
            command: `${say("n")} >> "$FOLDER/all"; ${held("more")}`,
          },
        ],
      },
      { id: "last", name: "Last", ...on("web-2"), command: note("last") },
    ],
  };
  const endedOnce = async (id: string) => {
    expect(await world.ended(id)).toMatchObject({ status: "succeeded" });
    expect([runs.lines("first"), runs.lines("last")]).toEqual([["begun", "begun"], ["begun"]]);
    expect(runs.lines("all").sort()).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8"]);
  };

  test("the one that moves runs is killed in the middle of steps: the other one goes on, and none begins twice", async () => {
    expect(other.output()).toContain(owns);
    const id = await runs.start("killed", definition);
    await runs.written("first", 2);
    await other.kill();
    runs.release("go");
    await runs.written("all", 3);
    expect(world.gateway.output()).toContain(owns);
    runs.release("more");
    await endedOnce(id);
  }, 240_000);

  test("one that was frozen in the middle of a run and comes back begins nothing again", async () => {
    other = await startOther();
    const id = await runs.start("frozen", definition);
    await runs.written("first", 2);
    runs.release("go");
    await runs.written("all", 1);
    world.gateway.child.kill("SIGSTOP");
    runs.release("more");
    await until("the other one owns the hub", async () => (other.output().includes(owns) ? true : null));
    world.gateway.child.kill("SIGCONT");
    await endedOnce(id);
  }, 240_000);
});
