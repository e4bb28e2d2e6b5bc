import { createKey } from "@pulse/schema/wire/auth";
import { setPlan } from "@pulse/schema/wire/plans";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startWorld, type World } from "../world.ts";

const perAddress = 20;
let direct: World;
let proxied: World;
beforeAll(async () => {
  const env = { PULSE_LIMIT_ADDRESS: String(perAddress) };
  direct = await startWorld({ gatewayEnv: env, slots: 16 });
  proxied = await startWorld({
    gatewayEnv: { ...env, PULSE_TRUSTED_PROXIES: "127.0.0.0/8,::1,10.0.0.0/8" },
    withoutRunner: true,
  });
  const settings = { endpoint: { auth: "public" } };
  const code = { "index.ts": "export const handler = () => 1;" };
  await direct.deploy("open", code, { settings });
  await direct.deploy(
    "loop",
    { "index.ts": `export const handler = (input, ctx) => ctx.invoke("loop", input);` },
    { settings: { timeout: "60s" } },
  );
}, 180_000);
afterAll(async () => {
  await direct?.stop();
  await proxied?.stop();
}, 60_000);

/** Answers of calls without a credential, one after the other, each with its own headers. */
async function statuses(world: World, headersOf: (i: number) => Record<string, string>): Promise<number[]> {
  const seen: number[] = [];
  for (let i = 0; i < perAddress + 5; i++) {
    const init = { method: "GET", key: null, headers: headersOf(i) };
    const response = await world.call("/f/unknown", init);
    await response.arrayBuffer();
    seen.push(response.status);
  }
  return seen;
}

describe("RL: rates, quotas and what costs", () => {
  test("RL-01 headers that name another address do not help an untrusted peer", async () => {
    const key = () => direct.call("/f/open", { method: "POST", key: null });
    let refused: Response | null = null;
    for (let i = 0; i < perAddress + 5; i++) {
      const forged = `198.51.100.${i}`;
      const headers = {
        "x-forwarded-for": forged,
        "x-real-ip": forged,
        forwarded: `for=${forged}`,
        "cf-connecting-ip": forged,
        "true-client-ip": forged,
      };
      const response = await direct.call("/f/open", { method: "POST", key: null, headers });
      await response.arrayBuffer();
      if (response.status === 429) refused ??= response;
      else expect(refused, `call ${i} came through after a refusal`).toBeNull();
    }
    expect(refused?.headers.get("ratelimit-policy")).toBe(`"address";q=${perAddress};w=60`);
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await key()).status).toBe(429);
    // A credential is counted by itself.
    expect((await direct.call("/f/open", { method: "POST" })).status).toBe(200);
  });

  test("RL-01 behind a trusted proxy the right-most untrusted hop counts, whatever the caller wrote before it", async () => {
    const same = await statuses(proxied, (i) => ({
      "x-forwarded-for": `198.51.100.${i}, 203.0.113.9, 10.0.0.7`,
    }));
    expect(same.filter((status) => status === 429).length).toBeGreaterThanOrEqual(4);
    const others = await statuses(proxied, (i) => ({ "x-forwarded-for": `203.0.113.9, 198.51.100.${i}` }));
    expect(others).not.toContain(429);
  });

  test("RL-02 a customer of IPv6 is one caller with all its addresses", async () => {
    const seen = await statuses(proxied, (i) => ({
      "x-forwarded-for": `2001:DB8:0:7::${(i + 1).toString(16)}`,
    }));
    expect(seen.filter((status) => status === 429).length).toBeGreaterThanOrEqual(4);
    const mapped = await statuses(proxied, (i) => ({
      "x-forwarded-for": i % 2 === 0 ? "::ffff:192.0.2.1" : "192.0.2.1",
    }));
    expect(mapped.filter((status) => status === 429).length).toBeGreaterThanOrEqual(4);
  });

  test("RL-04 rates of a key, caps of a function and quotas of a project are 429 with Retry-After", async () => {
    const { client, signal } = direct;
    const body = { name: "slow", scopes: ["execute", "read"], rateLimit: 1 };
    const { key } = await client.call(createKey, { body, signal });
    const bySlow = async () => (await direct.call("/f/open", { method: "POST", key })).status;
    expect([await bySlow(), await bySlow()]).toEqual([200, 429]);
    const control = await direct.call("/v1/executions", { key });
    expect([control.status, control.headers.get("ratelimit-policy")]).toEqual([429, '"key";q=1;w=60']);
    expect(Number(control.headers.get("retry-after"))).toBeGreaterThan(0);

    await direct.deploy(
      "capped",
      {
        "index.ts":
          "export const handler = () => new Promise((resolve) => setTimeout(() => resolve(1), 3000));",
      },
      { settings: { maxConcurrency: 1, onLimit: "reject" } },
    );
    const both = await Promise.all([1, 2, 3].map(() => direct.call("/f/capped", { method: "POST" })));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 429, 429]);
    for (const one of both) if (one.status === 429) expect(one.headers.get("retry-after")).toBe("1");

    await client.call(setPlan, { body: { plan: "custom", quotas: { concurrentExecutions: 0 } }, signal });
    const refused = await direct.call("/f/open", { method: "POST" });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    await client.call(setPlan, { body: { plan: null }, signal });
  });

  test("RL-05 a function that calls itself is stopped", async () => {
    const before = await count();
    const response = await direct.call("/f/loop", { method: "POST", body: "{}" });
    expect(response.status).toBe(500);
    expect((await count()) - before).toBeLessThanOrEqual(10);
    const deep = await direct.call("/f/open", { method: "POST", headers: { "pulse-depth": "9" } });
    expect([deep.status, ((await deep.json()) as { code: string }).code]).toEqual([508, "loop_detected"]);
  });

  test("RL-06 lists and batches have an end", async () => {
    expect((await direct.call("/v1/executions?limit=1000000000")).status).toBe(422);
    expect((await direct.call("/v1/usage?since=0001-01-01T00:00:00Z")).status).toBe(422);
    const many = JSON.stringify({ filter: { limit: 1e6 }, action: "replay" });
    const headers = { "content-type": "application/json" };
    expect((await direct.call("/v1/executions/bulk", { method: "POST", headers, body: many })).status).toBe(
      422,
    );
  });
});

async function count(): Promise<number> {
  const { items } = (await (await direct.call("/v1/executions?name=loop&limit=200")).json()) as {
    items: unknown[];
  };
  return items.length;
}
