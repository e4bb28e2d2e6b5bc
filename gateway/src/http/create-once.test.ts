import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { TestGateway } from "../runners/gateway.suite.ts";
import { createOnce, forgetKeptAnswers } from "./create-once.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start();
  await gateway.addFunction("hello");
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const day = 86_400_000;
const target = { function: "hello" };
const hook = { name: "push", provider: "github", target };

async function post(path: string, body: unknown, key = "k-1") {
  const response = await gateway.call(path, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": key },
    body: JSON.stringify(body),
  });
  const { status, headers } = response;
  return { status, isReplayed: headers.get("idempotent-replayed") === "true", body: await response.json() };
}

const rows = async (sql: string) => (await gateway.parts.ports.database.client.execute(sql)).rows;

test.each([
  ["/v1/webhooks", hook, "webhooks"],
  ["/v1/schedules", { name: "daily", every: "24h", target }, "schedules"],
  [
    "/v1/channels",
    { name: "ops", settings: { type: "slack", url: "https://hooks.example.test/x" } },
    "channels",
  ],
  ["/v1/keys", { name: "ci", scopes: ["read"] }, "keys"],
  ["/v1/enrolment-tokens", { uses: 1 }, "enrolment_tokens"],
] as const)("POST %s makes one for an Idempotency-Key, and answers as then", async (path, body, table) => {
  const [before] = await rows(`SELECT count(*) AS n FROM ${table}`);
  const first = await post(path, body);
  expect([first.status, first.isReplayed, first.body]).toEqual([201, false, expect.anything()]);
  expect(await post(path, body)).toEqual({ ...first, isReplayed: true });
  const [after] = await rows(`SELECT count(*) AS n FROM ${table}`);
  expect(Number(after?.n)).toBe(Number(before?.n) + 1);
});

test("a key with another request is refused, other calls and other callers have keys of their own", async () => {
  await post("/v1/webhooks", hook);
  const other = await post("/v1/webhooks", { ...hook, name: "other" });
  expect([other.status, other.body.code]).toEqual([422, "idempotency_mismatch"]);
  expect((await post("/v1/schedules", { name: "daily", every: "24h", target })).status).toBe(201);
});

test("what was refused is asked again", async () => {
  const body = { name: "daily", every: "24h", target: { function: "later" } };
  expect((await post("/v1/schedules", body)).status).toBe(422);
  await gateway.addFunction("later");
  expect((await post("/v1/schedules", body)).status).toBe(201);
});

test("a key counts for a day, and is forgotten then", async () => {
  const { ports } = gateway.parts;
  let passed = 0;
  const later = { ...ports, now: () => ports.now() + passed };
  const request = { project: "default", scope: "POST /x key k", key: "k", asked: null };
  const answer = (n: number) => ({ status: 201, headers: {}, body: { n } });
  const ask = async (n: number) => (await createOnce(later, request, async () => answer(n))).body;
  expect([await ask(1), await ask(2)]).toEqual([{ n: 1 }, { n: 1 }]);
  passed = day;
  expect(await ask(3)).toEqual({ n: 3 });
  passed = 2 * day;
  await forgetKeptAnswers(later);
  expect(await rows("SELECT * FROM kept_answers")).toEqual([]);
});

test("a secret in an answer is nowhere in the database as it is", async () => {
  const { body } = await post("/v1/webhooks", hook);
  expect(body.secret).toMatch(/^[0-9a-f]{64}$/);
  const [kept] = await rows("SELECT status, hex(sealed) AS bytes FROM kept_answers");
  expect(kept?.status).toBe(201);
  expect(kept?.bytes).not.toContain(Buffer.from(body.secret).toString("hex").toUpperCase());
});

test("while the first is being answered the second is refused, and one that was never answered is made again", async () => {
  const { ports, clock } = gateway.parts;
  const request = { project: "default", scope: "POST /x key k", key: "k", asked: { n: 1 } };
  const answer = (n: number) => ({ status: 201, headers: {}, body: { n } });
  await createOnce(ports, request, async () => {
    await expect(createOnce(ports, request, async () => answer(2))).rejects.toMatchObject({
      code: "conflict",
    });
    // The one before has ended without a word.
    await clock.advance(60_000);
    expect(await createOnce(ports, request, async () => answer(3))).toEqual(answer(3));
    return answer(1);
  });
});
