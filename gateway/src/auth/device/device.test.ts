import { deviceLogins } from "@pulse/schema/tables";
import { beforeEach, expect, test } from "vitest";
import { origin } from "../../runners/gateway.suite.ts";
import { Browser, gatewayOfEachTest, seen, signedIn } from "../browser.suite.ts";

const gateway = gatewayOfEachTest();
let machine: Browser;
beforeEach(() => {
  machine = new Browser(gateway());
});

const begin = async (name = "Ana's laptop") =>
  (await machine.send("POST", "/v1/device", { machine: name })).json();
const ask = (code: string) => machine.send("POST", "/v1/device/token", { device_code: code });
const wait = (seconds: number) => gateway().parts.clock.advance(seconds * 1000);

test("a machine is told where a person types which code, for how long, and how often to ask", async () => {
  const begun = await begin();
  expect(begun).toMatchObject({ verification_uri: `${origin}/device`, expires_in: 600, interval: 5 });
  expect(begun.user_code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
  expect(begun.verification_uri_complete).toBe(`${origin}/device#${begun.user_code}`);
  const { rows } = await gateway().parts.ports.database.client.execute("SELECT * FROM device_logins");
  expect(JSON.stringify(rows)).not.toContain(begun.device_code);
});

test("until a person says yes it is told to wait; then it has a key of that person, once", async () => {
  const begun = await begin();
  expect(await seen(await ask(begun.device_code))).toBe("authorization_pending");
  const ana = await signedIn(gateway(), "ana", { default: "developer" });
  const typed = begun.user_code.toLowerCase().replace("-", " ");
  const shown = await (await ana.send("GET", `/v1/device/${encodeURIComponent(typed)}`)).json();
  expect(shown.machine).toBe("Ana's laptop");
  expect(await seen(await ana.send("POST", `/v1/device/${begun.user_code}`, { approve: true }))).toBe("ok");
  const taken = await (await ask(begun.device_code)).json();
  expect(taken).toMatchObject({
    name: "ana-s-laptop",
    project: "default",
    scopes: ["read", "execute", "deploy"],
  });
  const me = await gateway().send("/v1/me", { headers: { authorization: `Bearer ${taken.key}` } });
  expect(await me.json()).toMatchObject({ kind: "key", name: "ana-s-laptop" });
  expect(await seen(await ask(begun.device_code))).toBe("expired_token");
});

test("of two that ask at once, one has the key", async () => {
  const begun = await begin();
  const ana = await signedIn(gateway(), "ana", { default: "viewer" });
  await ana.send("POST", `/v1/device/${begun.user_code}`, { approve: true });
  const both = await Promise.all([ask(begun.device_code), ask(begun.device_code)]);
  expect((await Promise.all(both.map(seen))).sort()).toEqual(["expired_token", "ok"]);
});

test("a second machine of a name has the next one", async () => {
  const ana = await signedIn(gateway(), "ana", { default: "viewer" });
  const names: string[] = [];
  for (let i = 0; i < 3; i++) {
    const begun = await begin("laptop");
    await ana.send("POST", `/v1/device/${begun.user_code}`, { approve: true });
    names.push((await (await ask(begun.device_code)).json()).name);
  }
  expect(names).toEqual(["laptop", "laptop-2", "laptop-3"]);
});

test("who asks too often is told to slow down, each time by five seconds more", async () => {
  const { device_code } = await begin();
  await ask(device_code);
  await wait(4);
  const slower = await ask(device_code);
  expect([slower.headers.get("retry-after"), await seen(slower)]).toEqual(["10", "slow_down"]);
  await wait(9);
  expect(await seen(await ask(device_code))).toBe("slow_down");
  await wait(15);
  expect(await seen(await ask(device_code))).toBe("authorization_pending");
});

test("after ten minutes it is over, and nobody may say yes any more", async () => {
  const begun = await begin();
  const ana = await signedIn(gateway(), "ana", { default: "viewer" });
  await wait(600);
  expect(await seen(await ask(begun.device_code))).toBe("expired_token");
  expect(await seen(await ana.send("POST", `/v1/device/${begun.user_code}`, { approve: true }))).toBe(
    "not_found",
  );
  expect(await seen(await ask("never given"))).toBe("expired_token");
});

test("a machine that is turned away has nothing, and neither has one whose person was disabled meanwhile", async () => {
  const ana = await signedIn(gateway(), "ana", { default: "viewer" });
  const one = await begin();
  await ana.send("POST", `/v1/device/${one.user_code}`, { approve: false });
  expect(await seen(await ana.send("POST", `/v1/device/${one.user_code}`, { approve: true }))).toBe(
    "not_found",
  );
  expect(await seen(await ask(one.device_code))).toBe("access_denied");
  const two = await begin();
  await ana.send("POST", `/v1/device/${two.user_code}`, { approve: true });
  const change = {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: '{"disabled":true}',
  };
  await gateway().call("/v1/users/ana", change);
  expect(await seen(await ask(two.device_code))).toBe("access_denied");
});

test("anybody may begin, and nobody fills the database with it: what waits is a thousand, for ten minutes", async () => {
  const { orm } = gateway().parts.ports.database;
  const now = gateway().parts.clock.now();
  const rows = Array.from({ length: 1000 }, (_, i) => ({
    digest: `d${i}`,
    userCode: `c${i}`,
    machine: "m",
    status: "pending" as const,
    intervalMs: 5000,
    createdAt: now,
    expiresAt: now + 600_000,
  }));
  await orm.insert(deviceLogins).values(rows);
  const held = await machine.send("POST", "/v1/device", { machine: "one more" });
  expect([held.headers.get("retry-after"), await seen(held)]).toEqual(["60", "rate_limited"]);
  await wait(600);
  expect(await seen(await machine.send("POST", "/v1/device", { machine: "one more" }))).toBe("ok");
});

test("a key lets no machine in, and a page of another origin neither", async () => {
  const begun = await begin();
  const answer = {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"approve":true}',
  };
  expect(await seen(await gateway().call(`/v1/device/${begun.user_code}`, answer))).toBe("forbidden");
  const ana = await signedIn(gateway(), "ana", { default: "viewer" });
  const evil = { origin: "https://evil.example.test" };
  expect(await seen(await ana.send("POST", `/v1/device/${begun.user_code}`, { approve: true }, evil))).toBe(
    "bad_origin",
  );
});
