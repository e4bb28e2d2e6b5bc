import { createKey } from "@pulse/schema/wire/auth";
import { getHealth } from "@pulse/schema/wire/operations";
import { getPlan, setPlan } from "@pulse/schema/wire/plans";
import { getUsage } from "@pulse/schema/wire/usage";
import { describe, expect, test } from "vitest";
import type { World } from "../world.ts";

/** Rates, quotas and what was used, on every platform. */
export function usageSuite(world: () => World): void {
  const post = (name: string, key: string, headers: Record<string, string> = {}) =>
    world().call(`/f/${name}`, { method: "POST", body: "12345", key, headers });

  describe("usage", () => {
    test("a call counts for its function and its key, with its bytes and its time", async () => {
      const { client, signal } = world();
      await world().deploy("metered", {
        "index.ts": `export default async (request: Request) => {
  await request.text();
  await new Promise((resolve) => setTimeout(resolve, 120));
  return new Response("abc");
};`,
      });
      const made = await client.call(createKey, {
        body: { name: "metered-key", scopes: ["invoke:metered"] },
        signal,
      });
      for (let i = 0; i < 3; i++) expect((await post("metered", made.key)).status).toBe(200);
      const query = { by: "function" } as const;
      const { items } = await client.call(getUsage, { query, signal });
      const item = items.find(({ group }) => group === "metered");
      expect(item).toMatchObject({ executions: 3, bytesIn: 15, bytesOut: 9 });
      expect(item?.runSeconds).toBeGreaterThanOrEqual(0.36);
      expect(item?.runSeconds).toBeLessThan(30);
      // 256 MiB.
      expect(item?.gbSeconds).toBeCloseTo((item?.runSeconds ?? 0) / 4, 6);
      const byKey = await client.call(getUsage, { query: { by: "key" }, signal });
      expect(byKey.items.find(({ name }) => name === "metered-key")).toMatchObject({ executions: 3 });
      const csv = await world().call("/v1/usage?by=function", { headers: { accept: "text/csv" } });
      expect(await csv.text()).toMatch(/^function,name,executions,.*\r\n(.*\r\n)*metered,,3,/);
    });

    test("a key's own rate is kept, and another key does not feel it", async () => {
      const { client, signal } = world();
      await world().deploy("rated", { "index.ts": "export const handler = () => 1;" });
      const key = async (name: string, rateLimit?: number) => {
        const body = { name, scopes: ["invoke:rated"], ...(rateLimit === undefined ? {} : { rateLimit }) };
        return (await client.call(createKey, { body, signal })).key;
      };
      const [slow, free] = [await key("slow", 2), await key("free")];
      expect([(await post("rated", slow)).status, (await post("rated", slow)).status]).toEqual([200, 200]);
      const refused = await post("rated", slow);
      expect(refused.status).toBe(429);
      expect(await refused.json()).toMatchObject({ code: "rate_limited" });
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(refused.headers.get("ratelimit-policy")).toBe('"key";q=2;w=60');
      expect((await post("rated", free)).status).toBe(200);
    });

    test("a plan's quota refuses what is new and finishes what it took; without a plan all goes on", async () => {
      const { client, signal } = world();
      await world().deploy("planned", { "index.ts": "export const handler = () => 1;" });
      const used = (await client.call(getUsage, { query: {}, signal })).total.executions;
      const set = (body: { plan: "custom" | null; quotas?: { executions: number } }) =>
        client.call(setPlan, { body, signal });
      await set({ plan: "custom", quotas: { executions: used + 2 } });
      try {
        const headers = { prefer: "respond-async" };
        const taken: string[] = [];
        for (let i = 0; i < 2; i++) {
          const response = await post("planned", world().adminKey, headers);
          expect(response.status).toBe(202);
          taken.push(((await response.json()) as { id: string }).id);
        }
        const refused = await post("planned", world().adminKey, headers);
        expect(refused.status).toBe(429);
        expect(await refused.json()).toMatchObject({ code: "quota_exceeded", quota: "executions" });
        for (const id of taken) expect((await world().ended(id)).status).toBe("succeeded");
        const { quotas, notices } = await client.call(getPlan, { signal });
        expect(quotas).toMatchObject([{ quota: "executions", used: used + 2, most: used + 2 }]);
        expect(notices.map(({ percent }) => percent)).toContain(100);
      } finally {
        await set({ plan: null });
      }
      // A Worker may know the plan for a second longer.
      await expect
        .poll(async () => (await post("planned", world().adminKey)).status, { timeout: 10_000 })
        .toBe(200);
    });
  });

  describe("health", () => {
    test("the gateway says of itself that it is well, check by check", async () => {
      const { client, signal } = world();
      const { checks, version } = await client.call(getHealth, { signal });
      expect(version).not.toBe("");
      const found = Object.fromEntries(checks.map(({ name, code }) => [name, code]));
      expect(found).toMatchObject({
        database: expect.stringMatching(/^database_(answers|slow)$/),
        hub: expect.stringMatching(/^hub_(answers|slow)$/),
        // Other tests of this world start runners, and end them.
        runners: expect.stringMatching(/^runners_(online|some_away)$/),
        clock: "clock_in_step",
        secrets: "secrets_open",
      });
      expect(checks.filter(({ status }) => status === "failed")).toEqual([]);
    });
  });
}
