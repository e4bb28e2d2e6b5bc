import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "./platforms/node.ts";
import { startWorld, type World } from "./world.ts";

const root = new URL("..", import.meta.url).pathname;
let world: World | null = null;
afterEach(async () => {
  await world?.stop();
  world = null;
});

const accept = (one: World, body = "x") =>
  one.call("/f/echo", { method: "POST", body, headers: { prefer: "respond-async" } });
const echo = { "index.ts": "export default async (request: Request) => new Response(await request.text());" };

/** Twenty calls while another process holds the database for 3 s, and how long requests without the database take meanwhile, ms. */
async function callWhileHeld(one: World) {
  const holder = spawn(process.execPath, [
    join(root, "gateway/src/platform/node/hold-lock.suite.ts"),
    join(one.dataDir, "gateway", "pulse.db"),
    "3000",
  ]);
  let isHeld = true;
  void once(holder, "exit").then(() => {
    isHeld = false;
  });
  await once(holder.stdout, "data");
  const begun = performance.now();
  const answers = Promise.all(Array.from({ length: 20 }, () => accept(one))).then((responses) => {
    return { responses, tookMs: performance.now() - begun };
  });
  const pauses: number[] = [];
  while (isHeld) {
    const asked = performance.now();
    expect((await fetch(`${one.url}/livez`)).status).toBe(200);
    pauses.push(performance.now() - asked);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { ...(await answers), pauses };
}

describe("another process holds the database", () => {
  test("calls are 503 within two seconds and the gateway goes on answering; afterwards all is as before", async () => {
    world = await startWorld();
    await world.deploy("echo", echo);
    // What the machine does besides makes one round slow; what the lock does to a gateway, it does in each.
    let longest = Number.POSITIVE_INFINITY;
    for (let round = 1; round <= 3 && longest >= 500; round += 1) {
      const { responses, tookMs, pauses } = await callWhileHeld(world);
      expect([...new Set(responses.map(({ status }) => status))]).toEqual([503]);
      expect(responses[0]?.headers.get("retry-after")).toMatch(/^\d+$/);
      expect(tookMs).toBeLessThan(2500);
      longest = Math.max(...pauses);
      console.log(`longest request beside a held database: ${longest.toFixed(0)} ms of ${pauses.length}`);
    }
    // Half of what a request takes here is the other processes' doing.
    expect(longest).toBeLessThan(500);
    const again = await until("a call is taken", async () => {
      const response = await accept(world as World, "after");
      return response.status === 202 ? ((await response.json()) as { id: string }) : null;
    });
    expect((await world.ended(again.id)).status).toBe("succeeded");
  });
});

const isRoot = process.getuid?.() === 0;
if (!isRoot)
  process.stderr.write(
    "SKIPPED: a full disk is tried on a file system of its own, which only root can mount\n",
  );

describe.skipIf(!isRoot)("the gateway's disk is full", () => {
  test("new calls are refused in words, what runs is finished, deleting goes on; with room again all is as before", async () => {
    const disk = mkdtempSync(join(tmpdir(), "pulse-disk-"));
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64m", "pulse-test", disk]);
    expect(mounted.stderr.toString()).toBe("");
    try {
      const dataDir = join(disk, "gateway");
      world = await startWorld({ gatewayEnv: { PULSE_DATA_DIR: dataDir, PULSE_DISK_RESERVE_MB: "8" } });
      await world.deploy("echo", echo);
      await world.deploy("slow", {
        "index.ts":
          "export default async (request: Request) => { await new Promise((r) => setTimeout(r, 8000)); return new Response(await request.text()); };",
      });
      expect(statSync(join(dataDir, "disk-reserve")).size).toBe(8 * 2 ** 20);
      const slow = await world.call("/f/slow", {
        method: "POST",
        body: "kept",
        headers: { prefer: "respond-async" },
      });
      const { id } = (await slow.json()) as { id: string };
      await until("it runs", async () => ((await world?.execution(id))?.status === "running" ? true : null));
      const ballast = join(disk, "ballast");
      try {
        writeFileSync(ballast, Buffer.alloc(64 * 2 ** 20));
      } catch (error) {
        expect((error as NodeJS.ErrnoException).code).toBe("ENOSPC");
      }
      const refused = await until("new work is refused", async () => {
        const response = await accept(world as World, "y".repeat(1000));
        return response.status === 507 ? response : null;
      });
      expect(await refused.json()).toMatchObject({
        code: "storage_full",
        detail: expect.stringMatching(/nothing new is taken/),
      });
      const health = await fetch(`${world.url}/health`);
      expect([health.status, (await health.json()).disk]).toEqual([503, expect.stringMatching(/low|spent/)]);
      // Settled from the reserve.
      expect((await world.ended(id)).status).toBe("succeeded");
      expect(await (await world.call(`/v1/executions/${id}/result`)).text()).toBe("kept");
      expect((await world.call("/v1/functions/slow", { method: "DELETE" })).status).toBe(204);
      expect((await world.call("/v1/executions")).status).toBe(200);
      rmSync(ballast);
      const taken = await until("calls are taken again", async () => {
        const response = await accept(world as World, "again");
        return response.status === 202 ? ((await response.json()) as { id: string }) : null;
      });
      expect((await world.ended(taken.id)).status).toBe("succeeded");
      const held = await until("the reserve is held again", async () => {
        const size = statSync(join(dataDir, "disk-reserve"), { throwIfNoEntry: false })?.size ?? 0;
        return size === 8 * 2 ** 20 ? size : null;
      });
      expect(held).toBe(8 * 2 ** 20);
    } finally {
      await world?.stop();
      world = null;
      spawnSync("umount", [disk]);
      rmSync(disk, { recursive: true, force: true });
    }
  });
});
