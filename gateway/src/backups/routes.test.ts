import { afterEach, beforeEach, expect, test } from "vitest";
import type { Backups } from "../ports.ts";
import { TestGateway } from "../runners/gateway.suite.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start();
});
afterEach(() => gateway.close());

const start = () => gateway.call("/v1/backups", { method: "POST" });

test("where the database is a remote one, its own backups are named", async () => {
  for (const answer of [await gateway.call("/v1/backups"), await start()]) {
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({
      code: "conflict",
      detail: expect.stringContaining("own backups"),
    });
  }
});

test("a backup is begun once at a time, and who asked for it is in the audit", async () => {
  let startedAt: number | null = null;
  const backups: Backups = {
    running: async () => (startedAt === null ? null : { startedAt, bytes: 7 }),
    made: () => null,
    failure: () => null,
    start: () => {
      const isFree = startedAt === null;
      startedAt ??= gateway.parts.clock.now();
      return isFree;
    },
  };
  gateway.parts.ports.backups = backups;
  expect(await (await gateway.call("/v1/backups")).json()).toMatchObject({ running: null, lastAt: null });
  const begun = await start();
  expect(begun.status).toBe(202);
  expect(await begun.json()).toMatchObject({ running: { bytes: 7 } });
  expect((await start()).status).toBe(409);
  const { items } = await (await gateway.call("/v1/audit?action=backup.start")).json();
  expect(items.map((one: { outcome: string }) => one.outcome).sort()).toEqual(["done", "refused"]);
});
