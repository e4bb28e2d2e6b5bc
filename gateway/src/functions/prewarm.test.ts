import { deploySettings, type LivePatch, liveSettings } from "@pulse/schema/wire/manifest";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeWorld, PlayedRunner, settle, type World } from "../dispatch/world.suite.ts";
import { newVersion, pack } from "./pack.ts";
import { prewarm } from "./prewarm.ts";
import { createFunctionStore } from "./store.ts";
import { createWarmWants } from "./warm-wants.ts";

let world: World;
beforeEach(async () => {
  world = await makeWorld();
});
afterEach(() => {
  world.close();
  expect(world.problems).toEqual([]);
});

/** A function whose only version is ready and `live`, unless it is said otherwise. */
async function deployed(
  name: string,
  live: LivePatch,
  status: "ready" | "failed" = "ready",
  image: string | null = null,
) {
  const { ports } = world;
  const store = createFunctionStore(ports.database);
  const now = ports.now();
  const id = `fn_${name}`;
  const settings = { ...liveSettings.parse({}), ...live } as ReturnType<typeof liveSettings.parse>; // A patch of these fields.
  await store.insert({
    ...{ id, project: "default", name, settings },
    latest: 0,
    createdAt: now,
    updatedAt: now,
  });
  const files = [{ path: "index.ts", content: new TextEncoder().encode("export const handler = () => 1;") }];
  const packed = await pack({
    runtime: "typescript",
    entry: undefined,
    files,
    settings: deploySettings.parse({}),
  });
  const of = { project: "default", functionId: id, message: null, createdBy: null, moveAlias: "live" };
  const version = await newVersion(ports, packed, of);
  await store.insertVersion(version, now);
  const alias = { project: "default", functionId: id, name: "live", versionId: version.id, movedAt: now };
  await store.endBuilding(version, { status, image }, now, { alias });
  return version.id;
}

test("functions with minWarm want so many sandboxes of their live version, where it is ready", async () => {
  const version = await deployed("kept", { minWarm: 3, pool: "fast", labels: { gpu: "yes" } });
  await deployed("plain", {});
  await deployed("broken", { minWarm: 1 }, "failed");
  const wants = await createWarmWants(world.ports)("default");
  expect(wants).toMatchObject([
    {
      ...{ pool: "fast", count: 3, requires: { runtime: "typescript", labels: { gpu: "yes" } } },
      order: { version, project: "default", spec: { function: { name: "kept", alias: "live" } } },
    },
  ]);
  expect(await createWarmWants(world.ports)("another")).toEqual([]);
});

test("a custom image is wanted ahead of calls without minWarm too, after what wants sandboxes", async () => {
  await deployed("app", {}, "ready", `app@sha256:${"0".repeat(64)}`);
  await deployed("kept", { minWarm: 2 });
  await deployed("plain", {});
  const wants = await createWarmWants(world.ports)("default");
  expect(wants.map(({ count, order }) => [order.spec.function.name, count])).toEqual([
    ["kept", 2],
    ["app", 0],
  ]);
});

test("a version that is needed at a known time is warm from half a minute before until a minute after", async () => {
  const version = await deployed("nightly", {});
  const runner = new PlayedRunner(world);
  await runner.join();
  const atMs = world.clock.now() + 100_000;
  await prewarm({ ports: world.ports, hub: world.hub }, { project: "default", reference: "nightly", atMs });
  const told: [number, number][] = [];
  let prewarmed: string | undefined;
  while (world.clock.now() < atMs + 90_000) {
    const poll = runner.sync({ waitMs: 5000, ...(prewarmed === undefined ? {} : { prewarmed }) });
    await settle();
    await world.clock.advance(5000);
    const { prewarm: orders } = await poll;
    if (orders === undefined) continue;
    prewarmed = orders.tag;
    told.push([Math.floor((world.clock.now() - atMs) / 10_000), orders.orders.length]);
    if (orders.orders.length > 0) expect(orders.orders[0]).toMatchObject({ version, count: 1 });
  }
  expect(told).toEqual([
    [-3, 1],
    [6, 0],
  ]);
  await expect(
    prewarm({ ports: world.ports, hub: world.hub }, { project: "default", reference: "none", atMs }),
  ).rejects.toMatchObject({ code: "not_found" });
});
