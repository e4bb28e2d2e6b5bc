import { events } from "@pulse/schema/tables";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { makeParts, type Parts } from "../runners/parts.suite.ts";
import { isUpkeepMinute, keepUp, upkeep } from "./upkeep.ts";

const hourMs = 3_600_000;
let parts: Parts;
beforeEach(async () => {
  parts = await makeParts();
});
afterEach(async () => {
  await settle();
  parts.close();
});

async function tell(): Promise<void> {
  const at = parts.clock.now();
  await parts.ports.database.orm.insert(events).values({ project: "a", topic: "runners", subject: "b", at });
}
const count = async () => (await parts.ports.database.orm.select({ id: events.id }).from(events)).length;

test("old rows are forgotten a minute after the start and every hour, until it ends", async () => {
  await tell();
  await parts.clock.advance(24 * hourMs);
  await tell();
  const end = keepUp(parts.ports);
  await parts.clock.advance(59_000);
  expect(await count()).toBe(2);
  await parts.clock.advance(1000);
  expect(await count()).toBe(1);
  await parts.clock.advance(23 * hourMs);
  await tell();
  await parts.clock.advance(2 * hourMs);
  expect(await count()).toBe(1);
  end();
  await tell();
  await parts.clock.advance(50 * hourMs);
  expect(await count()).toBe(2);
  expect(parts.problems).toEqual([]);
});

test("a part that fails is logged, and the others do their work", async () => {
  await tell();
  await tell();
  await parts.ports.database.client.execute("DROP TABLE rollups");
  await parts.clock.advance(25 * hourMs);
  await upkeep(parts.ports);
  expect(await count()).toBe(1);
  expect(String(parts.problems)).toContain("no such table: rollups");
});

test("other work has its turn between the steps", async () => {
  const rows = Array.from({ length: 5000 }, () => ({
    project: "a",
    topic: "runners" as const,
    subject: "b",
    at: parts.clock.now(),
  }));
  await parts.ports.database.orm.insert(events).values(rows);
  await parts.clock.advance(25 * hourMs);
  const left: Promise<number>[] = [];
  const look = () => {
    left.push(count());
    if (left.length < 4) setImmediate(look);
  };
  setImmediate(look);
  await upkeep(parts.ports);
  const seen = await Promise.all(left);
  expect(seen).toHaveLength(4);
  expect(new Set(seen).size).toBeGreaterThan(2);
  expect(await count()).toBe(1);
});

test("of the minutes of an hour, one is for it", () => {
  const start = 1_760_000_000_000;
  const minutes = Array.from({ length: 120 }, (_, i) => isUpkeepMinute(start + i * 60_000));
  expect(minutes.filter(Boolean)).toHaveLength(2);
});
