import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deployVersion } from "@pulse/schema/wire/functions";
import { describe, expect, test } from "vitest";
import { startWorkersGateway } from "./platforms/workers.ts";
import { startWorld, type World } from "./world.ts";

const reads = `
  import { readFileSync } from "node:fs";
  export const handler = () => readFileSync(new URL("./data.txt", import.meta.url)).length;
`;
/** Text that gzip makes no smaller than three quarters. */
const noise = (bytes: number) => randomBytes((bytes * 3) / 4).toString("base64");

async function deployNoise(world: World, bytes: number) {
  const files = { "index.ts": reads, "data.txt": noise(bytes) };
  return world.client.call(deployVersion, {
    params: { name: "noise" },
    query: { wait: 120 },
    body: { runtime: "typescript", files, settings: {} } as never,
    signal: world.signal,
  });
}

describe("on Workers, where code is kept", () => {
  test("with a bucket, code of several parts is stored whole, and runs; GraphQL, switched on, tells of it", async () => {
    const vars = { PULSE_GRAPHQL: "on" };
    const world = await startWorld({ startGateway: (given) => startWorkersGateway(given, { vars }) });
    try {
      expect(await deployNoise(world, 24_000_000)).toMatchObject({ status: "ready" });
      expect(await (await world.call("/f/noise", { method: "POST", body: "{}" })).json()).toBe(24_000_000);
      const ask = async (query: string, key = world.adminKey) => {
        const headers = { "content-type": "application/json", authorization: `Bearer ${key}` };
        const response = await world.call("/graphql", {
          ...{ method: "POST", headers },
          body: JSON.stringify({ query }),
        });
        return [response.status, await response.json()];
      };
      expect(await ask("{ me { kind } listFunctions { items { name latest } } }")).toEqual([
        200,
        { data: { me: { kind: "key" }, listFunctions: { items: [{ name: "noise", latest: 1 }] } } },
      ]);
      expect(await ask('mutation { changed: setLive(name: "noise") { name } }')).toEqual([
        200,
        { errors: [expect.objectContaining({ message: expect.stringContaining("setLive") })] },
      ]);
      expect(await ask('mutation { emitEvent(name: "order.paid", body: {data: 1}) { id } }')).toEqual([
        200,
        { data: { emitEvent: { id: expect.stringMatching(/^evt_/) } } },
      ]);
      expect(await ask("{ me { kind } }", "pk_nobody")).toMatchObject([401, { code: "invalid_credential" }]);
    } finally {
      await world.stop();
    }
  });

  test("without a bucket, code of several rows runs, and more than 10 MiB is refused in words", async () => {
    const world = await startWorld({
      startGateway: (given) => startWorkersGateway(given, { withoutBucket: true }),
    });
    try {
      expect(await deployNoise(world, 8_000_000)).toMatchObject({ status: "ready" });
      expect(await (await world.call("/f/noise", { method: "POST", body: "{}" })).json()).toBe(8_000_000);
      await expect(deployNoise(world, 24_000_000)).rejects.toThrow(/10 MiB/);
    } finally {
      await world.stop();
    }
  });
});

describe("on Workers, what is not set up", () => {
  test("is listed in one answer, and so is a wrong value", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "pulse-e2e-"));
    const vars = { PULSE_PUBLIC_URL: "nowhere" };
    const gateway = await startWorkersGateway({ dataDir, adminKey: "" }, { vars });
    try {
      const response = await fetch(`${gateway.url}/readyz`);
      const { code, detail } = (await response.json()) as { code: string; detail: string };
      expect([response.status, code]).toEqual([503, "unavailable"]);
      expect(detail).toMatch(/PULSE_ADMIN_KEY is missing .*PULSE_PUBLIC_URL must be/);
    } finally {
      await gateway.running.stop();
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
