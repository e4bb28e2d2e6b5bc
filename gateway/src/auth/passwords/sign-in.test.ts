import { expect, test } from "vitest";
import { settle } from "../../dispatch/world.suite.ts";
import { addPerson, Browser, gatewayOfEachTest, goodPassword, seen, signedIn } from "../browser.suite.ts";
import { codeOf, fromBase32, stepMs } from "../factors/totp.ts";

const gateway = gatewayOfEachTest();

const wrong = "wrong horse battery";
const minutes = (count: number) => gateway().parts.clock.advance(count * 60_000);

test("a person signs in by name and password, in any case of the name", async () => {
  await addPerson(gateway(), "ana", { default: "operator" });
  const browser = new Browser(gateway());
  const response = await browser.signIn(" Ana ");
  expect(response.status).toBe(201);
  expect(await response.json()).toMatchObject({ name: "ana", scopes: ["read", "execute"] });
  const me = await (await browser.send("GET", "/v1/me")).json();
  expect(me).toMatchObject({ kind: "user", name: "ana", project: "default", roles: ["operator"] });
});

test("somebody who is not here and a wrong password are told the same words", async () => {
  await addPerson(gateway(), "ana");
  const browser = new Browser(gateway());
  const one = await (await browser.signIn("ana", { password: wrong })).json();
  const other = await (await browser.signIn("nobody", { password: wrong })).json();
  expect(one.code).toBe("invalid_credential");
  expect({ ...one, requestId: "" }).toEqual({ ...other, requestId: "" });
});

test("a password stands in no table as it is, and its hash says what it cost", async () => {
  await addPerson(gateway(), "ana");
  const { rows } = await gateway().parts.ports.database.client.execute("SELECT password_hash FROM users");
  expect(String(rows[0]?.password_hash)).toMatch(/^\$scrypt\$ln=4,r=8,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
});

test("a hash of another cost is made anew at the next sign-in, and the password goes on", async () => {
  await addPerson(gateway(), "ana");
  gateway().parts.deps.config.passwordCost = { ln: 5, r: 8, p: 1 };
  const browser = new Browser(gateway());
  expect((await browser.signIn("ana")).status).toBe(201);
  const { rows } = await gateway().parts.ports.database.client.execute("SELECT password_hash FROM users");
  expect(String(rows[0]?.password_hash)).toMatch(/^\$scrypt\$ln=5,/);
  expect((await browser.signIn("ana")).status).toBe(201);
});

test("who guesses waits longer each time, and is never locked out", async () => {
  await addPerson(gateway(), "ana");
  const browser = new Browser(gateway());
  const waits: (string | null)[] = [];
  for (let i = 0; i < 5; i++)
    expect(await seen(await browser.signIn("ana", { password: wrong }))).toBe("invalid_credential");
  for (let i = 0; i < 10; i++) {
    const held = await browser.signIn("ana");
    expect(held.status).toBe(429);
    waits.push(held.headers.get("retry-after"));
    await gateway().parts.clock.advance(Number(waits.at(-1)) * 1000);
    expect(await seen(await browser.signIn("ana", { password: wrong }))).toBe("invalid_credential");
  }
  expect(waits).toEqual(["1", "2", "4", "8", "16", "32", "64", "128", "256", "300"]);
  await minutes(5);
  expect((await browser.signIn("ana")).status).toBe(201);
  expect((await new Browser(gateway()).signIn("ana")).status).toBe(201);
});

test("of many guesses at once no more are looked at than one after another", async () => {
  await addPerson(gateway(), "ana");
  const all = await Promise.all(
    Array.from({ length: 20 }, () => new Browser(gateway()).signIn("ana", { password: wrong })),
  );
  expect(all.filter(({ status }) => status === 401)).toHaveLength(5);
  expect(all.filter(({ status }) => status === 429)).toHaveLength(15);
});

test("a password changed by its person ends the other sessions, and the old one is good no longer", async () => {
  const browser = await signedIn(gateway(), "ana");
  const other = new Browser(gateway());
  await other.signIn("ana");
  const next = { current: goodPassword, password: "another horse, another day" };
  expect(await seen(await browser.send("PUT", "/v1/me/password", { ...next, current: wrong }))).toBe(
    "forbidden",
  );
  expect(await seen(await browser.send("PUT", "/v1/me/password", next))).toBe("ok");
  expect(await seen(await browser.send("GET", "/v1/me"))).toBe("ok");
  expect(await seen(await other.send("GET", "/v1/me"))).toBe("unauthenticated");
  expect(await seen(await other.signIn("ana"))).toBe("invalid_credential");
  expect((await other.signIn("ana", { password: next.password })).status).toBe(201);
});

test("each sign-in is a new session, and the one that the browser had ends", async () => {
  const browser = await signedIn(gateway(), "ana");
  const before = browser.cookie;
  await browser.signIn("ana");
  expect(browser.cookie).not.toBe(before);
  const old = new Browser(gateway());
  old.cookie = before;
  expect(await seen(await old.send("GET", "/v1/me"))).toBe("unauthenticated");
});

test("a session ends after twelve hours without a request, and after a week with many", async () => {
  const [busy, idle] = [await signedIn(gateway(), "ana"), await signedIn(gateway(), "ben")];
  for (let hours = 11; hours < 7 * 24; hours += 11) {
    await minutes(11 * 60);
    expect([hours, await seen(await busy.send("GET", "/v1/me"))]).toEqual([hours, "ok"]);
    await settle();
    if (hours > 11) expect(await seen(await idle.send("GET", "/v1/me"))).toBe("unauthenticated");
    else await settle();
  }
  await minutes(3 * 60 + 1);
  expect(await seen(await busy.send("GET", "/v1/me"))).toBe("unauthenticated");
});

test("a cookie that is there twice is none", async () => {
  const browser = await signedIn(gateway(), "ana");
  browser.cookie = `${browser.cookie}; ${browser.cookie}`;
  expect(await seen(await browser.send("GET", "/v1/me"))).toBe("unauthenticated");
});

test("sessions are listed, and ended one by one or all others", async () => {
  const one = await signedIn(gateway(), "ana");
  const others = [
    new Browser(gateway(), { "user-agent": "Lynx" }),
    new Browser(gateway()),
    new Browser(gateway()),
  ];
  for (const other of others) await other.signIn("ana");
  await signedIn(gateway(), "ben");
  const { items } = await (await one.send("GET", "/v1/sessions")).json();
  expect(items).toHaveLength(4);
  expect(items.filter((item: { current: boolean }) => item.current)).toHaveLength(1);
  const lynx = items.find((item: { userAgent: string | null }) => item.userAgent === "Lynx");
  const ben = new Browser(gateway());
  await ben.signIn("ben");
  expect(await seen(await ben.send("DELETE", `/v1/sessions/${lynx.id}`))).toBe("not_found");
  expect(await seen(await one.send("DELETE", `/v1/sessions/${lynx.id}`))).toBe("ok");
  expect(await seen((await others[0]?.send("GET", "/v1/me")) ?? new Response())).toBe("unauthenticated");
  expect(await (await one.send("DELETE", "/v1/sessions")).json()).toEqual({ ended: 2 });
  expect(await seen(await one.send("GET", "/v1/me"))).toBe("ok");
});

async function withSecondFactor(): Promise<{ browser: Browser; secret: string; recoveryCodes: string[] }> {
  const browser = await signedIn(gateway(), "ana");
  const offered = await browser.send("POST", "/v1/me/second-factor", { password: goodPassword });
  const { secret } = await offered.json();
  const confirmed = await browser.send("PUT", "/v1/me/second-factor", { code: await codeNow(secret) });
  const { recoveryCodes } = await confirmed.json();
  await gateway().parts.clock.advance(stepMs);
  return { browser, secret, recoveryCodes };
}

const codeNow = (secret: string) =>
  codeOf(fromBase32(secret), Math.floor(gateway().parts.clock.now() / stepMs));

test("with a second factor the password alone opens nothing, and a code counts once", async () => {
  const { secret } = await withSecondFactor();
  const browser = new Browser(gateway());
  expect(await seen(await browser.signIn("ana"))).toBe("second_factor_required");
  expect(await seen(await browser.signIn("ana", { totp: "000000" }))).toBe("invalid_credential");
  const code = await codeNow(secret);
  expect(await seen(await browser.signIn("ana", { password: wrong, totp: code }))).toBe("invalid_credential");
  const both = await Promise.all([
    new Browser(gateway()).signIn("ana", { totp: code }),
    new Browser(gateway()).signIn("ana", { totp: code }),
  ]);
  expect(both.map(({ status }) => status).sort()).toEqual([201, 401]);
  expect(await seen(await browser.signIn("ana", { totp: code }))).toBe("invalid_credential");
});

test("a secret that was offered and not confirmed counts for nothing", async () => {
  const browser = await signedIn(gateway(), "ana");
  await browser.send("POST", "/v1/me/second-factor", { password: goodPassword });
  expect((await browser.signIn("ana")).status).toBe(201);
  expect(await seen(await browser.send("PUT", "/v1/me/second-factor", { code: "000000" }))).toBe(
    "validation_failed",
  );
});

test("a recovery code opens once, and stands in no table as it is", async () => {
  const { recoveryCodes, secret } = await withSecondFactor();
  expect(new Set(recoveryCodes).size).toBe(10);
  const [code = ""] = recoveryCodes;
  const { client } = gateway().parts.ports.database;
  const tables = ["recovery_codes", "users", "secrets"].map((one) => client.execute(`SELECT * FROM ${one}`));
  const text = JSON.stringify((await Promise.all(tables)).map(({ rows }) => rows));
  for (const canary of [...recoveryCodes, secret]) expect(text).not.toContain(canary);
  const browser = new Browser(gateway());
  expect((await browser.signIn("ana", { totp: code.toUpperCase() })).status).toBe(201);
  expect(await seen(await new Browser(gateway()).signIn("ana", { totp: code }))).toBe("invalid_credential");
});

test("a second factor is removed with password and code, and by an admin for somebody who lost it", async () => {
  const { browser, secret, recoveryCodes } = await withSecondFactor();
  const remove = (code: string) =>
    browser.send("POST", "/v1/me/second-factor/remove", { password: goodPassword, code });
  expect(await seen(await remove("000000"))).toBe("invalid_credential");
  expect(await seen(await remove(await codeNow(secret)))).toBe("ok");
  expect((await new Browser(gateway()).signIn("ana")).status).toBe(201);
  await browser.send("POST", "/v1/me/second-factor", { password: goodPassword });
  expect(await seen(await browser.signIn("ana", { totp: recoveryCodes[1] ?? "" }))).toBe("ok");
  const change = {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: '{"secondFactor":null}',
  };
  expect((await gateway().call("/v1/users/ana", change)).status).toBe(200);
});
