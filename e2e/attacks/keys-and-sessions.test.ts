import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../platforms/node.ts";
import { startWorld, type World } from "../world.ts";
import { BrowserOfOne } from "./browser-of-one.ts";
import { lines, sendRaw } from "./raw-socket.ts";

const password = "seven wooden boats 42";
let world: World;
let origin: string;
beforeAll(async () => {
  world = await startWorld({ gatewayEnv: { PULSE_LIMIT_ADDRESS: "100000" } });
  origin = world.url.replace("127.0.0.1", "localhost");
  const source = { "index.ts": "export const handler = () => 'a';" };
  await world.deploy("a", source);
  await world.deploy("b", source);
  await send("/v1/users", { username: "ana", password, roles: { default: "developer" } });
});
afterAll(() => world.stop());

const jsonType = { "content-type": "application/json" };
const send = (path: string, body: unknown, init: RequestInit & { key?: string | null } = {}) =>
  world.call(path, {
    method: "POST",
    body: JSON.stringify(body),
    ...init,
    headers: { ...jsonType, ...init.headers },
  });
const told = async (response: Response) => [
  response.status,
  ((await response.json()) as { code: string }).code,
];
let made = 0;
async function newKey(scopes: string[], more: object = {}): Promise<{ id: string; key: string }> {
  made += 1;
  const response = await send("/v1/keys", { name: `attack-${made}`, scopes, ...more });
  return (await response.json()) as { id: string; key: string };
}
async function signedIn(credentials: object = { username: "ana", password }) {
  const browser = new BrowserOfOne(origin);
  const body = JSON.stringify(credentials);
  const response = await browser.go("/v1/session", {
    method: "POST",
    headers: { ...jsonType, origin },
    body,
  });
  return { browser, response };
}

describe("AK: API keys", () => {
  test.each([
    ["nothing", undefined, "unauthenticated"],
    ["an empty token", "Bearer ", "invalid_credential"],
    ["another scheme", "Basic YTpi", "invalid_credential"],
    ["a key of 10 kB", `Bearer pk_${"x".repeat(10_000)}`, "invalid_credential"],
    ["a key that is not one", "Bearer pk_$$$", "invalid_credential"],
    ["a key in quotes", 'Bearer "pk_x"', "invalid_credential"],
  ])("AK-01 %s opens nothing", async (_, authorization, code) => {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    const response = await fetch(`${world.url}/v1/functions`, { headers });
    expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
    expect(await told(response)).toEqual([401, code]);
  });

  test("AK-03 a key that was revoked, has expired, or whose person is disabled opens nothing a second later", async () => {
    const { id, key } = await newKey(["read"]);
    expect((await world.call("/v1/functions", { key })).status).toBe(200);
    expect((await world.call(`/v1/keys/${id}`, { method: "DELETE" })).status).toBe(204);
    expect((await world.call("/v1/functions", { key })).status).toBe(401);
    const short = await newKey(["read"], { expiresAt: new Date(Date.now() + 1500).toISOString() });
    expect((await world.call("/v1/functions", { key: short.key })).status).toBe(200);
    const isOver = async () =>
      (await world.call("/v1/functions", { key: short.key })).status === 401 ? true : null;
    await until("the key expires", isOver, undefined, 5000);
    expect(await told(await world.call("/v1/functions", { key: short.key }))).toEqual([
      401,
      "expired_credential",
    ]);
  });

  test("AK-04 a key anywhere but in its header opens nothing, and is in no log", async () => {
    const { key } = await newKey(["read"]);
    const inQuery = await fetch(`${world.url}/v1/functions?api_key=${key}&key=${key}&access_token=${key}`);
    expect(inQuery.status).toBe(401);
    for (const name of ["cookie", "x-api-key"]) {
      const headers = { [name]: name === "cookie" ? `pulse_session=${key}; key=${key}` : key };
      expect((await fetch(`${world.url}/v1/functions`, { headers })).status).toBe(401);
    }
    expect(world.gateway.output()).not.toContain(key);
  });

  test("AK-05 a key for one function calls that one, and sees nothing else", async () => {
    const { key } = await newKey(["invoke:a"]);
    expect((await world.call("/f/a", { method: "POST", body: "{}", key })).status).toBe(200);
    expect((await world.call("/f/b", { method: "POST", body: "{}", key })).status).toBe(404);
    const ran = await world.call("/f/a", { method: "POST", body: "{}" });
    const id = ran.headers.get("pulse-execution-id");
    const paths = ["/v1/functions", "/v1/functions/a", "/v1/functions/a/versions/1/source", "/v1/executions"];
    for (const path of [...paths, `/v1/executions/${id}`, `/v1/executions/${id}/logs`, "/v1/keys/x"]) {
      expect([403, 404, 405], path).toContain((await world.call(path, { key })).status);
    }
  });

  test("AK-07 a key makes no wider key than itself, and changes none", async () => {
    const { id, key } = await newKey(["deploy", "read"]);
    for (const scopes of [["admin"], ["gateway"], ["invoke:*"], ["read"]]) {
      const response = await send(
        "/v1/keys",
        { name: `wider-${scopes[0]?.replace(/\W+/g, "-")}x`, scopes },
        { key },
      );
      expect(response.status, scopes.join()).toBe(403);
    }
    for (const method of ["PATCH", "PUT"]) {
      const response = await send(`/v1/keys/${id}`, { scopes: ["admin"], expiresAt: null }, { method, key });
      expect([404, 405]).toContain(response.status);
    }
  });

  test("AK-08 a key stands nowhere on the gateway's disk", async () => {
    const { key } = await newKey(["read"]);
    await world.call("/v1/functions", { key });
    await send("/v1/session", { key }, { key: null });
    expect(filesWith(world.dataDir, key)).toEqual([]);
    expect(filesWith(world.dataDir, password)).toEqual([]);
  });

  test("AK-09 of two credentials that disagree none counts", async () => {
    const { key } = await newKey(["read"]);
    const { status } = await sendRaw(
      world.url,
      lines("GET /v1/functions HTTP/1.1", `Authorization: Bearer ${key}`, "Authorization: Bearer pk_other"),
    );
    expect(status).toBe(400);
    const { browser } = await signedIn();
    expect(
      (await browser.go("/v1/functions", { headers: { authorization: "Bearer pk_wrong" } })).status,
    ).toBe(401);
  });
});

/** Files below a folder that contain a text. */
function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && readFileSync(path).includes(text));
}

describe("SE: sessions", () => {
  test("SE-01, SE-05 each sign-in is a new session, whatever cookie the browser had, and the old one is gone", async () => {
    const { browser, response } = await signedIn();
    expect(response.status).toBe(201);
    const before = browser.cookie;
    await browser.go("/v1/session", {
      method: "POST",
      headers: { ...jsonType, origin },
      body: JSON.stringify({ username: "ana", password }),
    });
    expect(browser.cookie).not.toBe(before);
    expect((await fetch(`${world.url}/v1/me`, { headers: { cookie: before } })).status).toBe(401);
    const fixed = await fetch(`${world.url}/v1/session`, {
      method: "POST",
      headers: { ...jsonType, cookie: "pulse_session=chosen-by-somebody-else" },
      body: JSON.stringify({ username: "ana", password }),
    });
    expect(fixed.headers.getSetCookie().join()).not.toContain("chosen-by");
  });

  test("SE-02 the cookie is only the browser's, and a digest in the database", async () => {
    const { browser, response } = await signedIn();
    const [cookie = ""] = response.headers.getSetCookie();
    expect(cookie).toMatch(/^pulse_session=[A-Za-z0-9]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
    expect(filesWith(world.dataDir, browser.cookie.split("=")[1] ?? "?")).toEqual([]);
  });

  test("SE-03 nothing is left after signing out", async () => {
    const { browser } = await signedIn();
    const { cookie } = browser;
    expect((await browser.go("/v1/session", { method: "DELETE", headers: { origin } })).status).toBe(204);
    expect((await fetch(`${world.url}/v1/me`, { headers: { cookie } })).status).toBe(401);
  });

  test("SE-04 two cookies of the name are none", async () => {
    const { browser } = await signedIn();
    const headers = { cookie: `pulse_session=x; ${browser.cookie}` };
    expect((await fetch(`${world.url}/v1/me`, { headers })).status).toBe(401);
  });

  test("SE-06 without the one-time token nobody makes the first person", async () => {
    const body = { token: "x".repeat(43), username: "eve", password };
    const answers = await Promise.all([1, 2].map(() => send("/v1/setup", body, { key: null })));
    for (const response of answers) expect(await told(response)).toEqual([401, "invalid_credential"]);
  });

  test.each([
    ["seven characters", "x7&kQ2z", 422],
    ["one of the most used", "password123", 422],
    ["129 characters", "ab1 ".repeat(33).slice(0, 129), 422],
    [
      "128 characters",
      Array.from({ length: 40 }, (_, i) => `${i * 7919} `)
        .join("")
        .slice(0, 127)
        .concat("z"),
      201,
    ],
    ["letters of every kind", "🛶 siete barcas ñ", 201],
    ["a space in front", " seven wooden boats", 201],
  ])("SE-08 a password of %s", async (what, text, status) => {
    const username = `se08-${what.replace(/[^a-z0-9]+/g, "-")}`;
    const response = await send("/v1/users", { username, password: text });
    expect(response.status, await response.text()).toBe(status);
    if (status !== 201) return;
    expect((await signedIn({ username, password: text })).response.status).toBe(201);
    expect((await signedIn({ username, password: text.trim().slice(0, -1) })).response.status).toBe(401);
  });

  test("SE-08 a password of a megabyte is too large", async () => {
    const response = await send("/v1/users", { username: "se08-mb", password: "x".repeat(2 ** 20) });
    expect([413, 422]).toContain(response.status);
  });
});

describe("CS: pages of somebody else's", () => {
  const forms = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "Text/Plain",
    undefined,
  ];
  const origins = ["https://evil.example.test", "null", undefined];

  test.each(forms.flatMap((type) => origins.map((from) => [type, from] as const)))(
    "CS-01, CS-02 %s from %s changes nothing",
    async (type, from) => {
      const { browser } = await signedIn();
      for (const contentType of [type, "application/json"]) {
        const headers = new Headers();
        if (contentType !== undefined) headers.set("content-type", contentType);
        if (from !== undefined) headers.set("origin", from);
        headers.set("sec-fetch-site", "same-origin");
        const body = new TextEncoder().encode(JSON.stringify({ name: "evil", scopes: ["read"] }));
        const response = await browser.go("/v1/keys", { method: "POST", headers, body });
        expect(await told(response)).toEqual([403, "bad_origin"]);
      }
    },
  );

  test("CS-04 nothing is changed by a GET or a HEAD", async () => {
    const { browser } = await signedIn();
    for (const path of ["/v1/session", "/v1/executions/exe_x/cancel", "/v1/runners/local/drain"]) {
      for (const method of ["GET", "HEAD"]) {
        expect([404, 405], `${method} ${path}`).toContain((await browser.go(path, { method })).status);
      }
    }
    expect((await browser.go("/v1/me")).status).toBe(200);
  });

  test.each(["https://evil.example.test", "http://localhost.evil.example.test", "null"])(
    "CS-05 a page of %s may not read",
    async (from) => {
      const { browser } = await signedIn();
      const asked = { origin: from, "access-control-request-method": "POST" };
      for (const init of [{ method: "OPTIONS", headers: asked }, { headers: { origin: from } }]) {
        const { headers } = await browser.go("/v1/functions", init);
        expect(headers.get("access-control-allow-origin")).toBeNull();
        expect(headers.get("access-control-allow-credentials")).toBeNull();
      }
    },
  );

  test("CS-06 the stream of events asks who follows it", async () => {
    expect((await fetch(`${world.url}/v1/events?topics=executions`)).status).toBe(401);
  });

  test("answers of functions never run in the origin of the dashboard, and set no session of it", async () => {
    await world.deploy("page", {
      "index.ts": `export default async () => new Response("<script>1</script>", { headers: { "content-type": "text/html", "set-cookie": "pulse_session=x" } });`,
    });
    const response = await world.call("/f/page");
    expect(response.headers.get("content-security-policy")).toMatch(/^sandbox(?!.*allow-same-origin)/);
    expect(response.headers.getSetCookie()).toEqual([]);
  });
});
