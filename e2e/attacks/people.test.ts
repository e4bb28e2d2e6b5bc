import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createKey, revokeKey } from "@pulse/schema/wire/auth";
import { changeUser, createUser } from "@pulse/schema/wire/people";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startWorld, type World } from "../world.ts";
import { lines, sendRaw } from "./raw-socket.ts";

const password = "correct horse battery";
const json = { "content-type": "application/json" };
const evil = "https://evil.example.test";
let world: World;

beforeAll(async () => {
  world = await startWorld({ withoutRunner: true, gatewayEnv: { PULSE_LIMIT_ADDRESS: "0" } });
  await addPerson("viewer", { default: "viewer" });
  await addPerson("operator", { default: "operator" });
  await addPerson("root", { "*": "admin" });
  await world.call("/v1/functions/mine", { method: "PUT", headers: json, body: "{}" });
}, 120_000);
afterAll(() => world?.stop(), 60_000);

async function addPerson(username: string, roles: Record<string, "viewer" | "operator" | "admin">) {
  await world.client.call(createUser, { body: { username, password, roles }, signal: world.signal });
}

const bare = (path: string, init: RequestInit = {}) => world.call(path, { ...init, key: null });
const codeOf = async (response: Response) => (response.ok ? "ok" : (await response.json()).code);
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  bare(path, { method: "POST", headers: { ...json, ...headers }, body: JSON.stringify(body) });

async function cookieOf(username: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await post("/v1/session", { username, password }, headers);
  expect(response.status).toBe(201);
  return (response.headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "";
}

/** A request of a signed-in browser. */
const asPerson = (cookie: string, method: string, path: string, body?: unknown, more = {}) =>
  bare(path, {
    method,
    headers: { ...json, cookie, origin: world.url, ...more },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

const keyWith = (name: string, scopes: string[]) =>
  world.client.call(createKey, { body: { name, scopes }, signal: world.signal });

describe("AK: API keys", () => {
  test("AK-01 what is no key is refused, and asks for one", async () => {
    for (const value of [
      "Bearer ",
      "Basic YWRtaW46YWRtaW4=",
      `Bearer ${"x".repeat(10_000)}`,
      `Bearer pk_${"x".repeat(43)}`,
    ]) {
      const response = await bare("/v1/functions", { headers: { authorization: value } });
      expect([value.slice(0, 20), response.status]).toEqual([value.slice(0, 20), 401]);
    }
    expect((await bare("/v1/functions")).status).toBe(401);
    expect(
      (await sendRaw(world.url, lines("GET /v1/functions HTTP/1.1", "Authorization: Bearer pk_\0"))).status,
    ).toBe(400);
  });

  test("AK-03 a revoked key opens nothing from the moment on", async () => {
    const { key } = await keyWith("ak-03", ["read"]);
    expect((await world.call("/v1/functions", { key })).status).toBe(200);
    await world.client.call(revokeKey, { params: { id: "ak-03" }, signal: world.signal });
    expect(await codeOf(await world.call("/v1/functions", { key }))).toBe("invalid_credential");
  });

  test("AK-04 a key in the query, in a cookie or in the user part of the address is no key", async () => {
    for (const path of [`/v1/functions?api_key=${world.adminKey}`, `/v1/functions?key=${world.adminKey}`]) {
      expect(await codeOf(await bare(path))).toBe("unauthenticated");
    }
    expect(await codeOf(await bare("/v1/functions", { headers: { cookie: `key=${world.adminKey}` } }))).toBe(
      "unauthenticated",
    );
    const basic = Buffer.from(`pulse:${world.adminKey}`).toString("base64");
    expect((await bare("/v1/functions", { headers: { authorization: `Basic ${basic}` } })).status).toBe(401);
    expect(world.gateway.output()).not.toContain(world.adminKey);
  });

  test("AK-05, AK-06 a key for one function sees nothing of another, and no list", async () => {
    const { key } = await keyWith("ak-05", ["invoke:other"]);
    expect((await world.call("/f/mine", { method: "POST", key })).status).toBe(404);
    for (const path of [
      "/v1/functions",
      "/v1/functions/mine",
      "/v1/executions",
      "/v1/executions?name=other",
    ]) {
      expect([path, (await world.call(path, { key })).status]).toEqual([path, 403]);
    }
  });

  test("AK-07 a key makes no wider key, and a person none that may do more than they may", async () => {
    const { key } = await keyWith("ak-07", ["admin"]);
    const wider = { method: "POST", headers: json, body: '{"name":"wide","scopes":["gateway"]}', key };
    expect(await codeOf(await world.call("/v1/keys", wider))).toBe("forbidden");
    const { key: small } = await keyWith("ak-07-small", ["deploy"]);
    expect(await codeOf(await world.call("/v1/keys", { ...wider, key: small }))).toBe("forbidden");
    const operator = await cookieOf("operator");
    const own = await asPerson(operator, "POST", "/v1/keys", { name: "own", scopes: ["deploy"] });
    expect(await codeOf(own)).toBe("forbidden");
  });

  test("AK-08 neither keys nor passwords nor session cookies stand in a file of the gateway but the admin's own", async () => {
    const { key } = await keyWith("ak-08", ["read"]);
    const cookie = (await cookieOf("viewer")).split("=")[1] ?? "";
    const files = readdirSync(world.dataDir, { recursive: true, withFileTypes: true }).filter((one) =>
      one.isFile(),
    );
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) {
      const content = readFileSync(join(file.parentPath, file.name));
      for (const canary of [key, password, cookie])
        expect([file.name, content.includes(canary)]).toEqual([file.name, false]);
    }
  });

  test("AK-09 two credentials at once are refused", async () => {
    const own = `Authorization: Bearer ${world.adminKey}`;
    const sent = lines("GET /v1/functions HTTP/1.1", own, "Authorization: Bearer pk_other");
    expect((await sendRaw(world.url, sent)).status).toBe(400);
  });
});

describe("SE: sessions and passwords", () => {
  test("SE-01, SE-05 a sign-in is a new session; the one before ends, also one that somebody else put there", async () => {
    const one = await cookieOf("viewer");
    const two = await cookieOf("viewer", { cookie: one });
    expect(two).not.toBe(one);
    expect((await asPerson(one, "GET", "/v1/me")).status).toBe(401);
    const fixed = "pulse_session=chosen-by-somebody-else-chosen-by-somebody";
    const three = await cookieOf("viewer", { cookie: fixed });
    expect(three).not.toContain("chosen");
    expect((await asPerson(fixed, "GET", "/v1/me")).status).toBe(401);
  });

  test("SE-02 the cookie is the browser's alone", async () => {
    const response = await post("/v1/session", { username: "viewer", password });
    expect(response.headers.get("set-cookie")).toMatch(
      /^pulse_session=[A-Za-z0-9]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=604800$/,
    );
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  test("SE-03 a session is over after sign-out, and with its person", async () => {
    const cookie = await cookieOf("viewer");
    expect((await asPerson(cookie, "DELETE", "/v1/session")).status).toBe(204);
    expect((await asPerson(cookie, "GET", "/v1/me")).status).toBe(401);
    const again = await cookieOf("viewer");
    const change = (disabled: boolean) =>
      world.client.call(changeUser, { params: { name: "viewer" }, body: { disabled }, signal: world.signal });
    await change(true);
    expect((await asPerson(again, "GET", "/v1/me")).status).toBe(401);
    await change(false);
    expect((await asPerson(again, "GET", "/v1/me")).status).toBe(401);
  });

  test("SE-04 of two cookies with the name neither counts, and neither does one with another prefix", async () => {
    const cookie = await cookieOf("viewer");
    expect((await asPerson(`${cookie}; ${cookie}`, "GET", "/v1/me")).status).toBe(401);
    const value = cookie.split("=")[1];
    expect((await asPerson(`__Host-pulse_session=${value}`, "GET", "/v1/me")).status).toBe(401);
  });

  test("SE-06 without the token nobody makes the first person, and afterwards nobody does", async () => {
    const body = { username: "eve", password };
    expect((await post("/v1/setup", { ...body, token: "guess" })).status).toBe(401);
    expect((await post("/v1/setup", body)).status).toBe(422);
  });

  test("SE-08 passwords: too short, too common and too long are refused; others are kept whole", async () => {
    const tried = async (given: string) => {
      const body = JSON.stringify({ username: "se-08", password: given });
      return (await world.call("/v1/users", { method: "POST", headers: json, body })).status;
    };
    for (const bad of ["seven77", "password123", "x1".repeat(65)])
      expect([bad, await tried(bad)]).toEqual([bad, 422]);
    expect(await tried("x".repeat(11 * 2 ** 20))).toBe(413);
    const good = ` 🐎 ${"ab3 ".repeat(31)}`.slice(0, 128);
    expect(await tried(good)).toBe(201);
    const signIn = (given: string) => post("/v1/session", { username: "se-08", password: given });
    expect((await signIn(good.slice(0, 72))).status).toBe(401);
    expect((await signIn(good.trim())).status).toBe(401);
    expect((await signIn(good)).status).toBe(201);
  });
});

describe("CS: requests from elsewhere", () => {
  test.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "Text/Plain",
    "application/json",
  ])("CS-01, CS-02, CS-03 a %s of another origin changes nothing", async (type) => {
    const cookie = await cookieOf("root");
    for (const origin of [evil, "null", `${world.url}.evil.example.test`, undefined]) {
      const more = { "content-type": type, "sec-fetch-site": "same-origin" };
      const headers = { cookie, ...more, ...(origin === undefined ? {} : { origin }) };
      const response = await bare("/v1/projects", { method: "POST", headers, body: '{"name":"evil"}' });
      expect([origin, await codeOf(response)]).toEqual([origin, "bad_origin"]);
    }
  });

  test("CS-02 a page of another origin signs nobody in", async () => {
    expect(await codeOf(await post("/v1/session", { username: "root", password }, { origin: evil }))).toBe(
      "bad_origin",
    );
  });

  test("CS-04 nothing is changed by GET", async () => {
    const cookie = await cookieOf("root");
    for (const path of ["/v1/executions/exe_1/cancel", "/v1/session", "/v1/setup", "/v1/me/password"]) {
      expect([path, (await asPerson(cookie, "GET", path)).status]).toEqual([path, 405]);
    }
  });

  test("CS-05 no origin is told that it may", async () => {
    for (const origin of [evil, `${world.url}.evil.example.test`, "null"]) {
      const headers = { origin, "access-control-request-method": "POST" };
      const response = await bare("/v1/keys", { method: "OPTIONS", headers });
      expect(response.headers.get("access-control-allow-origin")).toBe(null);
    }
  });

  test("CS-06 the stream of events asks who follows", async () => {
    expect((await bare("/v1/events?topics=executions", { headers: { origin: evil } })).status).toBe(401);
  });
});

describe("AZ: who may do what", () => {
  test("AZ-01 an operator changes no function, secret, runner, person or project", async () => {
    const cookie = await cookieOf("operator");
    for (const [method, path, body] of [
      ["PUT", "/v1/functions/mine", {}],
      ["PATCH", "/v1/functions/mine", {}],
      ["DELETE", "/v1/functions/mine", undefined],
      ["PUT", "/v1/secrets/MINE", { value: "x" }],
      ["POST", "/v1/enrolment-tokens", {}],
      ["POST", "/v1/users", { username: "x", password }],
      ["POST", "/v1/projects", { name: "x" }],
    ] as const) {
      expect([path, (await asPerson(cookie, method, path, body)).status]).toEqual([path, 403]);
    }
  });

  test("AZ-04 a field that is not there to be set is refused", async () => {
    const cookie = await cookieOf("root");
    for (const extra of [
      { role: "admin" },
      { projectId: "x" },
      { owner: "x" },
      { scopes: ["admin"] },
      { source: "oidc" },
    ]) {
      expect((await asPerson(cookie, "PATCH", "/v1/users/viewer", extra)).status).toBe(422);
    }
  });

  test("AZ-05 what is said twice is refused", async () => {
    expect((await world.call("/v1/executions?limit=1&limit=2")).status).toBe(422);
    const headers = { "pulse-project": "default, other" };
    expect((await world.call("/v1/functions", { headers })).status).toBe(404);
  });

  test("AZ-09 a stream ends when the role is taken", async () => {
    await addPerson("az-09", { default: "viewer" });
    const cookie = await cookieOf("az-09");
    const stream = await asPerson(cookie, "GET", "/v1/events?topics=executions");
    expect(stream.status).toBe(200);
    const ended = stream.text();
    const body = { roles: { default: null } };
    await world.client.call(changeUser, { params: { name: "az-09" }, body, signal: world.signal });
    await ended;
    expect((await asPerson(cookie, "GET", "/v1/events?topics=executions")).status).toBe(403);
  }, 60_000);

  test("AZ-10 the last admin stays", async () => {
    const cookie = await cookieOf("root");
    for (const body of [{ roles: { "*": null } }, { disabled: true }]) {
      expect(await codeOf(await asPerson(cookie, "PATCH", "/v1/users/root", body))).toBe("last_admin");
    }
    expect(await codeOf(await asPerson(cookie, "DELETE", "/v1/users/root"))).toBe("last_admin");
  });
});
