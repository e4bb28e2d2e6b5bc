import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { changeUser, createUser } from "@pulse/schema/wire/people";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startWorld, type World } from "../world.ts";

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

describe("AK: keys of people", () => {
  test("AK-07 a person makes no key that may do more than they may", async () => {
    const operator = await cookieOf("operator");
    const own = await asPerson(operator, "POST", "/v1/keys", { name: "own", scopes: ["deploy"] });
    expect(await codeOf(own)).toBe("forbidden");
  });

  test("AK-08 neither passwords nor session cookies stand in a file of the gateway", async () => {
    const cookie = (await cookieOf("viewer")).split("=")[1] ?? "";
    const files = readdirSync(world.dataDir, { recursive: true, withFileTypes: true }).filter((one) =>
      one.isFile(),
    );
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) {
      const content = readFileSync(join(file.parentPath, file.name));
      for (const canary of [password, cookie])
        expect([file.name, content.includes(canary)]).toEqual([file.name, false]);
    }
  });
});

describe("SE: passwords, and sessions of people", () => {
  test("SE-03 a session ends with its person, and does not come back with them", async () => {
    const again = await cookieOf("viewer");
    const change = (disabled: boolean) =>
      world.client.call(changeUser, { params: { name: "viewer" }, body: { disabled }, signal: world.signal });
    await change(true);
    expect((await asPerson(again, "GET", "/v1/me")).status).toBe(401);
    await change(false);
    expect((await asPerson(again, "GET", "/v1/me")).status).toBe(401);
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

describe("CS: signing in from elsewhere", () => {
  test("CS-02 a page of another origin signs nobody in", async () => {
    expect(await codeOf(await post("/v1/session", { username: "root", password }, { origin: evil }))).toBe(
      "bad_origin",
    );
  });
});

describe("AZ: roles of people", () => {
  test("AZ-01 an operator changes no function, runner, person or project", async () => {
    const cookie = await cookieOf("operator");
    for (const [method, path, body] of [
      ["PUT", "/v1/functions/mine", {}],
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
