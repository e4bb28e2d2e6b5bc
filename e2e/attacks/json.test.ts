import { afterAll, beforeAll, expect, test } from "vitest";
import { startWorld, type World } from "../world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({ withoutRunner: true });
});
afterAll(() => world.stop());

async function create(body: BodyInit): Promise<[status: number, code: string | undefined]> {
  const headers = { "content-type": "application/json" };
  const begun = performance.now();
  const response = await world.call("/v1/keys", { method: "POST", body, headers });
  const { code } = (await response.json()) as { code?: string };
  expect(performance.now() - begun).toBeLessThan(2000);
  return [response.status, code];
}

test.each([
  ["65 arrays", `${"[".repeat(65)}${"]".repeat(65)}`],
  ["100,000 arrays", "[".repeat(100_000)],
  ["100,000 objects", '{"a":'.repeat(100_000)],
  ["both", '[{"a":'.repeat(50_000)],
])("JS-01 %s inside of each other are refused", async (_, body) => {
  expect(await create(body)).toEqual([400, "invalid_json"]);
});

test.each([
  ["more names than anybody needs", `{${Array.from({ length: 100_001 }, (_, i) => `"n${i}":0`).join(",")}}`],
  ["a number of a million digits", `{"name":${"1".repeat(1e6)}}`],
  ["1e400", '{"name":1e400}'],
  ["half a surrogate pair", '{"name":"\\ud800"}'],
  ["a name twice", '{"name":"a","scopes":["read"],"name":"b"}'],
  ["a name twice, inside", '{"name":"a","scopes":[{"x":1,"x":2}]}'],
  ["NaN", '{"name":NaN}'],
  ["a comment", '{"name":"a"/* b */}'],
  ["a byte order mark", '\ufeff{"name":"a"}'],
])("JS-02 %s is refused", async (_, body) => {
  expect(await create(body)).toEqual([400, "invalid_json"]);
});

test("JS-02 a body over the limit is too large, one under it is read", async () => {
  const over = JSON.stringify({ name: "x".repeat(10 * 2 ** 20) });
  expect((await create(over))[0]).toBe(413);
  const under = JSON.stringify({ name: "x".repeat(9 * 2 ** 20) });
  expect(await create(under)).toEqual([422, "validation_failed"]);
});

test.each([
  '{"__proto__":{"admin":true},"name":"a","scopes":["read"]}',
  '{"name":"a","scopes":["read"],"constructor":{"prototype":{"admin":true}}}',
  '{"name":"a","scopes":[{"__proto__":["admin"]}]}',
])("JS-03 %s reaches no prototype", async (body) => {
  expect((await create(body))[0]).toBe(400);
  const response = await world.call("/v1/me");
  expect(await response.json()).not.toHaveProperty("admin");
});

test("JS-03 a query with such names changes nothing", async () => {
  for (const query of ["__proto__[admin]=true", "__proto__.admin=true", "constructor.prototype.admin=1"]) {
    expect([200, 422]).toContain((await world.call(`/v1/functions?${query}`)).status);
  }
  expect((await world.call("/v1/me")).status).toBe(200);
});

test("JS-04 names that objects are born with are plain labels", async () => {
  const labels = { toString: "a", hasOwnProperty: "b", valueOf: "d", constructor: "e" };
  const response = await world.call("/v1/enrolment-tokens", {
    method: "POST",
    body: JSON.stringify({ labels }),
    headers: { "content-type": "application/json" },
  });
  expect([response.status, await response.json()]).toMatchObject([201, {}]);
});
