import { expect, test } from "vitest";
import { origin } from "../runners/gateway.suite.ts";
import { addPerson, gatewayOfEachTest } from "./browser.suite.ts";
import { createKeyRing } from "./keys.ts";
import { makeSetUpToken } from "./setup.ts";

const gateway = gatewayOfEachTest();

const make = () => makeSetUpToken(gateway().parts.ports, { project: "default", key: gateway().key });
const bring = (token: string, headers: Record<string, string> = { origin }) =>
  gateway().send("/v1/setup", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ token }),
  });
const codeOf = async (response: Response) => (await response.json()).code;

test("the token opens a session of its key, once", async () => {
  const { token } = await make();
  const opened = await bring(token);
  expect(opened.status).toBe(201);
  expect(await opened.json()).toMatchObject({ name: "admin", scopes: ["admin", "gateway"] });
  expect(opened.headers.get("cache-control")).toBe("no-store");
  const [cookie = ""] = (opened.headers.get("set-cookie") ?? "").split(";", 1);
  expect(opened.headers.get("set-cookie")).toMatch(/HttpOnly; SameSite=Lax/);
  const me = await gateway().send("/v1/me", { headers: { cookie } });
  expect(await me.json()).toMatchObject({ kind: "user", scopes: ["admin", "gateway"] });
  expect(await codeOf(await bring(token))).toBe("invalid_credential");
});

test("of two that bring it at the same time, one is let in", async () => {
  const { token } = await make();
  const both = await Promise.all([bring(token), bring(token)]);
  expect(both.map(({ status }) => status).sort()).toEqual([201, 401]);
});

test("it is good for a day, until the next one is made, and as long as its key", async () => {
  const one = await make();
  await gateway().parts.clock.advance(24 * 3_600_000);
  expect(await codeOf(await bring(one.token))).toBe("expired_credential");
  const two = await make();
  const three = await make();
  expect(await codeOf(await bring(two.token))).toBe("invalid_credential");
  await createKeyRing(gateway().parts.ports).revoke("default", "admin");
  expect(await codeOf(await bring(three.token))).toBe("invalid_credential");
});

test("a page of another origin may not bring it, and it is not used up by that", async () => {
  const { token } = await make();
  expect(await codeOf(await bring(token, { origin: "https://evil.example.test" }))).toBe("bad_origin");
  expect((await bring(token, {})).status).toBe(201);
});

test("it stands in no table as it is", async () => {
  const { token } = await make();
  const { rows } = await gateway().parts.ports.database.client.execute("SELECT * FROM facts");
  expect(JSON.stringify(rows)).not.toContain(token);
});

test("who guesses is held up for a minute", async () => {
  const { token } = await make();
  for (let i = 0; i < 20; i++) expect((await bring(`guess-${i}`)).status).toBe(401);
  const refused = await bring(token);
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "60"]);
  await gateway().parts.clock.advance(60_000);
  expect((await bring(token)).status).toBe(201);
});

test("an administrator's key makes the URL while there are no people, and each one ends the one before", async () => {
  const ask = () => gateway().call("/v1/setup/url", { method: "POST" });
  const [first, second] = [await ask(), await ask()];
  expect([first.status, first.headers.get("cache-control")]).toEqual([201, "no-store"]);
  const tokenOf = async (answer: Response) => {
    const { url } = (await answer.json()) as { url: string };
    expect(url.startsWith(`${origin}/setup#t=`)).toBe(true);
    return url.slice(url.indexOf("#t=") + 3);
  };
  const replaced = await tokenOf(first);
  const good = await tokenOf(second);
  expect(await codeOf(await bring(replaced))).toBe("invalid_credential");
  expect((await bring(good)).status).toBe(201);
  await addPerson(gateway(), "ana");
  expect(await codeOf(await ask())).toBe("conflict");
});
