import { expect, test } from "vitest";
import { addPerson, Browser, gatewayOfEachTest, goodPassword, seen, signedIn } from "../browser.suite.ts";
import { makeSetUpToken } from "../setup.ts";

const gateway = gatewayOfEachTest();

const json = { "content-type": "application/json" };
const byKey = (method: string, path: string, body?: unknown, more: Record<string, string> = {}) =>
  gateway().call(path, {
    method,
    headers: { ...json, ...more },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

test("the set-up token makes the first person, an admin of the gateway(), and nobody after", async () => {
  const make = () => makeSetUpToken(gateway().parts.ports, { project: "default", key: gateway().key });
  const browser = new Browser(gateway());
  const bring = (token: string, more: object) => browser.send("POST", "/v1/setup", { token, ...more });
  const { token } = await make();
  expect(await seen(await bring(token, { username: "ana" }))).toBe("validation_failed");
  expect(await seen(await bring(token, { username: "ana", password: "password123" }))).toBe(
    "validation_failed",
  );
  const opened = await bring(token, { username: "ana", password: goodPassword });
  expect(opened.status).toBe(201);
  expect(await (await browser.send("GET", "/v1/me")).json()).toMatchObject({
    name: "ana",
    roles: ["admin"],
    scopes: ["read", "execute", "deploy", "admin", "gateway"],
    person: { username: "ana", source: "password", hasSecondFactor: false },
  });
  expect((await (await byKey("GET", "/v1/me")).json()).person).toBe(null);
  const next = await make();
  expect(await seen(await bring(next.token, { username: "eve", password: goodPassword }))).toBe("conflict");
  expect((await bring(next.token, {})).status).toBe(201);
});

test("people are added, shown, given roles, disabled and deleted", async () => {
  const made = await byKey("POST", "/v1/users", {
    username: "ana",
    password: goodPassword,
    name: "Ana",
    email: "ana@example.test",
    roles: { default: "employee" },
  });
  expect(made.status).toBe(201);
  expect(await made.json()).toMatchObject({
    username: "ana",
    source: "password",
    roles: { default: "operator" },
    hasSecondFactor: false,
    disabledAt: null,
  });
  expect(await seen(await byKey("POST", "/v1/users", { username: "ana", password: goodPassword }))).toBe(
    "name_taken",
  );
  const changed = await byKey("PATCH", "/v1/users/ana", { roles: { default: "developer" } });
  expect((await changed.json()).roles).toEqual({ default: "developer" });
  await byKey("PATCH", "/v1/users/ana", { roles: { default: null } });
  expect((await (await byKey("GET", "/v1/users/ana")).json()).roles).toEqual({});
  const { items } = await (await byKey("GET", "/v1/users")).json();
  expect(items.map(({ username }: { username: string }) => username)).toEqual(["ana"]);
  expect(await seen(await byKey("DELETE", "/v1/users/ana"))).toBe("ok");
  expect(await seen(await byKey("GET", "/v1/users/ana"))).toBe("not_found");
});

test("a list of people goes on at its cursor", async () => {
  for (const name of ["dora", "ana", "carl", "ben"]) await addPerson(gateway(), name, { default: "viewer" });
  const names: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page = await (
      await byKey("GET", `/v1/users?limit=3${cursor === "" ? "" : `&cursor=${cursor}`}`)
    ).json();
    names.push(...page.items.map((one: { username: string }) => one.username));
    cursor = page.nextCursor;
  }
  expect(names).toEqual(["ana", "ben", "carl", "dora"]);
});

test("what people may do changes with their role at once, also with their keys", async () => {
  const ana = await signedIn(gateway(), "ana", { default: "developer" });
  const made = await ana.send("POST", "/v1/keys", { name: "mine", scopes: ["read", "deploy"] });
  const { key, createdBy } = await made.json();
  expect(createdBy).toBe("user:ana");
  const scopesOfKey = async () =>
    (await (await gateway().send("/v1/me", { headers: { authorization: `Bearer ${key}` } })).json()).scopes;
  expect(await scopesOfKey()).toEqual(["read", "deploy"]);
  await byKey("PATCH", "/v1/users/ana", { roles: { default: "viewer" } });
  expect(await scopesOfKey()).toEqual(["read"]);
  expect((await (await ana.send("GET", "/v1/me")).json()).scopes).toEqual(["read"]);
  await byKey("PATCH", "/v1/users/ana", { disabled: true });
  expect(await scopesOfKey()).toBe(undefined);
  expect(await seen(await ana.send("GET", "/v1/me"))).toBe("unauthenticated");
  expect(await seen(await ana.signIn("ana"))).toBe("forbidden");
  await byKey("PATCH", "/v1/users/ana", { disabled: false });
  expect(await scopesOfKey()).toEqual(["read"]);
  expect(await seen(await ana.signIn("ana"))).toBe("ok");
});

test("a person's key does at most what the person may, and others' keys are not theirs to see", async () => {
  const ana = await signedIn(gateway(), "ana", { default: "operator" });
  const make = (scopes: string[]) => ana.send("POST", "/v1/keys", { name: `k-${scopes.length}`, scopes });
  for (const scope of ["deploy", "admin", "gateway"])
    expect([scope, await seen(await make([scope]))]).toEqual([scope, "forbidden"]);
  expect(await seen(await make(["read", "execute", "invoke:*", "invoke:hello"]))).toBe("ok");
  const { items } = await (await ana.send("GET", "/v1/keys")).json();
  expect(items.map(({ name }: { name: string }) => name)).toEqual(["k-4"]);
  expect(await seen(await ana.send("DELETE", "/v1/keys/admin"))).toBe("not_found");
  expect(await seen(await ana.send("DELETE", "/v1/keys/k-4"))).toBe("ok");
});

test("a key makes no wider key and none that outlives it; without admin it makes none", async () => {
  const soon = new Date(gateway().parts.clock.now() + 60_000).toISOString();
  const make = async (scopes: string[], more: object, auth?: string) => {
    const name = `k-${Math.random().toString(36).slice(2)}`;
    const headers = auth === undefined ? {} : { authorization: `Bearer ${auth}` };
    const send = auth === undefined ? gateway().call.bind(gateway()) : gateway().send.bind(gateway());
    return await send("/v1/keys", {
      method: "POST",
      headers: { ...json, ...headers },
      body: JSON.stringify({ name, scopes, ...more }),
    });
  };
  const { key: admin } = await (await make(["admin"], { expiresAt: soon })).json();
  const { key: deployer } = await (await make(["deploy"], {})).json();
  expect(await seen(await make(["gateway"], {}, admin))).toBe("forbidden");
  expect(await seen(await make(["read"], {}, deployer))).toBe("forbidden");
  const made = await (await make(["read"], {}, admin)).json();
  expect(made.expiresAt).toBe(soon);
});

test("nobody removes the last admin of the gateway(), not even at the same time", async () => {
  await addPerson(gateway(), "ana", { "*": "admin" });
  const changes = [{ disabled: true }, { roles: { "*": null } }, { roles: { "*": "viewer" } }];
  for (const change of changes)
    expect(await seen(await byKey("PATCH", "/v1/users/ana", change))).toBe("last_admin");
  expect(await seen(await byKey("DELETE", "/v1/users/ana"))).toBe("last_admin");
  await addPerson(gateway(), "ben", { "*": "admin" });
  const both = await Promise.all([
    byKey("PATCH", "/v1/users/ana", { roles: { "*": "operator" } }),
    byKey("DELETE", "/v1/users/ben"),
  ]);
  const answers = await Promise.all(both.map(seen));
  expect(answers.sort()).toEqual(["last_admin", "ok"]);
});

test("an admin of a project gives roles there and nothing else", async () => {
  await byKey("POST", "/v1/projects", { name: "shop" });
  await addPerson(gateway(), "carl", { shop: "viewer" });
  await addPerson(gateway(), "dora", { default: "viewer" });
  const ana = await signedIn(gateway(), "ana", { shop: "admin" });
  const change = (name: string, body: object) => ana.send("PATCH", `/v1/users/${name}`, body);
  expect(await seen(await change("carl", { roles: { shop: "operator" } }))).toBe("ok");
  expect(await seen(await change("dora", { roles: { shop: "viewer" } }))).toBe("ok");
  for (const body of [
    { roles: { default: "viewer" } },
    { roles: { "*": "admin" } },
    { disabled: true },
    { name: "x" },
    { password: goodPassword },
    { secondFactor: null },
  ]) {
    expect([body, await seen(await change("carl", body))]).toEqual([body, "forbidden"]);
  }
  const { items } = await (await ana.send("GET", "/v1/users")).json();
  expect(items.map(({ username, roles }: { username: string; roles: object }) => [username, roles])).toEqual([
    ["ana", { shop: "admin" }],
    ["carl", { shop: "operator" }],
    ["dora", { shop: "viewer" }],
  ]);
});

test("a person is in the project that they name, else in the usual one", async () => {
  await byKey("POST", "/v1/projects", { name: "shop" });
  await byKey("POST", "/v1/projects", { name: "lab" });
  const projectOf = async (browser: Browser, project?: string) => {
    const response = await browser.send(
      "GET",
      "/v1/me",
      undefined,
      project === undefined ? {} : { "pulse-project": project },
    );
    return response.ok ? (await response.json()).project : await seen(response);
  };
  const one = await signedIn(gateway(), "one", { shop: "viewer" });
  expect([await projectOf(one), await projectOf(one, "shop"), await projectOf(one, "lab")]).toEqual([
    "shop",
    "shop",
    "not_found",
  ]);
  const two = await signedIn(gateway(), "two", { shop: "viewer", default: "viewer" });
  expect([await projectOf(two), await projectOf(two, "shop")]).toEqual(["default", "shop"]);
  const all = await signedIn(gateway(), "all", { "*": "viewer" });
  expect([await projectOf(all), await projectOf(all, "lab"), await projectOf(all, "nowhere")]).toEqual([
    "default",
    "lab",
    "not_found",
  ]);
  expect(await seen(await byKey("GET", "/v1/me", undefined, { "pulse-project": "lab" }))).toBe("ok");
  expect(await seen(await byKey("GET", "/v1/me", undefined, { "pulse-project": "nowhere" }))).toBe(
    "not_found",
  );
});

test("a project is deleted when it is empty, and its name is free again", async () => {
  await byKey("POST", "/v1/projects", { name: "shop" });
  expect(await seen(await byKey("POST", "/v1/projects", { name: "shop" }))).toBe("name_taken");
  expect(await seen(await byKey("POST", "/v1/projects", { name: "default" }))).toBe("name_taken");
  const ana = await signedIn(gateway(), "ana", { shop: "developer" });
  const { items } = await (await ana.send("GET", "/v1/projects")).json();
  expect(items).toMatchObject([{ name: "shop", role: "developer" }]);
  await ana.send("PUT", "/v1/functions/hello", {});
  expect(await seen(await byKey("DELETE", "/v1/projects/shop"))).toBe("conflict");
  await ana.send("DELETE", "/v1/functions/hello");
  const { key } = await (await ana.send("POST", "/v1/keys", { name: "ci", scopes: ["read"] })).json();
  expect(await seen(await byKey("DELETE", "/v1/projects/shop"))).toBe("ok");
  expect(await seen(await gateway().send("/v1/me", { headers: { authorization: `Bearer ${key}` } }))).toBe(
    "invalid_credential",
  );
  expect((await (await ana.send("GET", "/v1/projects")).json()).items).toEqual([]);
  expect(await seen(await byKey("POST", "/v1/projects", { name: "shop" }))).toBe("ok");
  expect((await (await ana.send("GET", "/v1/me")).json()).scopes).toEqual([]);
});

test("of a key the last use is known to within ten minutes", async () => {
  const { key } = await (await byKey("POST", "/v1/keys", { name: "ci", scopes: ["read"] })).json();
  const { clock } = gateway().parts;
  const use = () => gateway().send("/v1/me", { headers: { authorization: `Bearer ${key}` } });
  const lastUse = async () => {
    const { items } = await (await byKey("GET", "/v1/keys")).json();
    return items.find(({ name }: { name: string }) => name === "ci").lastUsedAt;
  };
  expect(await lastUse()).toBe(null);
  await use();
  const first = await lastUse();
  expect(first).toBe(new Date(clock.now()).toISOString());
  await clock.advance(599_000);
  await use();
  expect(await lastUse()).toBe(first);
  await clock.advance(2000);
  await use();
  expect(await lastUse()).toBe(new Date(clock.now()).toISOString());
});
