import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { axeViolations } from "../browser/axe.ts";
import { stands } from "../browser/browser.ts";
import { buildDashboard, hasChromium, startChromium } from "../browser/chromium.ts";
import { listenTo } from "../browser/complaints.ts";
import { freePort, startProcess } from "../platforms/node.ts";
import { startWorld, type World } from "../world.ts";
import { type IdentityProxy, startIdentityProxy } from "./identity-proxy.ts";

const secret = "the secret of the proxy";
let world: World;
let proxy: IdentityProxy;
beforeAll(async () => {
  proxy = await startIdentityProxy(await freePort(), () => world.url);
  world = await startWorld({
    gatewayEnv: {
      // Where people come to.
      PULSE_PUBLIC_URL: proxy.url,
      PULSE_TRUSTED_PROXIES: "127.0.0.1",
      PULSE_PROXY_SECRET: secret,
      PULSE_GROUP_ROLES: "admins=admin,ops=operator@default",
    },
  });
  await world.deploy("headers", {
    "index.ts":
      "export default async (request: Request) => new Response(JSON.stringify([...request.headers]));",
  });
});
afterAll(async () => {
  await proxy?.stop();
  await world?.stop();
});

interface Answer {
  status: number;
  body: string;
  code: string | undefined;
}

/** Calls from an address of this machine, with headers as they are written. */
function from(peer: string, path: string, headers: Record<string, string | string[]>, method = "GET") {
  return new Promise<Answer>((resolve, reject) => {
    const { hostname, port } = new URL(world.url);
    const sent = request(
      { hostname, port, path, method, headers, localAddress: peer, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const body = Buffer.concat(chunks).toString();
          const code = /"code":"(\w+)"/.exec(body)?.[1];
          resolve({ status: response.statusCode ?? 0, body, code });
        });
      },
    );
    sent.on("error", reject);
    sent.end();
  });
}
const ana = { "remote-user": "ana", "remote-groups": "ops", "pulse-proxy-secret": secret };
const meOf = async (peer: string, headers: Record<string, string | string[]>) => {
  const answer = await from(peer, "/v1/me", headers);
  return answer.status === 200 ? (JSON.parse(answer.body) as Record<string, unknown>) : answer;
};

describe("a proxy that is trusted", () => {
  test("says with each request who somebody is", async () => {
    expect(await meOf("127.0.0.1", ana)).toMatchObject({ kind: "user", name: "ana", roles: ["operator"] });
    expect((await from("127.0.0.1", "/v1/functions", ana)).status).toBe(200);
    expect((await from("127.0.0.1", "/v1/keys/x", { ...ana, origin: proxy.url }, "DELETE")).code).toBe(
      "not_found",
    );
  });

  test("TH-11 a group that somebody left is gone with the next request", async () => {
    const boss = { ...ana, "remote-user": "boss", "remote-groups": "admins" };
    expect(await meOf("127.0.0.1", boss)).toMatchObject({ roles: ["admin"] });
    expect(await meOf("127.0.0.1", { ...boss, "remote-groups": "ops" })).toMatchObject({
      roles: ["operator"],
    });
    const { "remote-groups": _, ...nothing } = boss;
    expect(await meOf("127.0.0.1", nothing)).toMatchObject({ roles: [] });
  });

  test("shows admins how their request arrived, and never its secret", async () => {
    const boss = { ...ana, "remote-user": "boss", "remote-groups": "admins" };
    const { body } = await from("127.0.0.1", "/v1/sign-in/arrival", boss);
    expect(JSON.parse(body)).toMatchObject({
      peer: "127.0.0.1",
      isTrustedProxy: true,
      secret: "right",
      isOn: true,
      headers: { user: "boss", groups: "admins" },
    });
    expect(body).not.toContain(secret);
    expect((await from("127.0.0.1", "/v1/sign-in/arrival", ana)).status).toBe(403);
  });
});

describe("TH: attacks with identity headers", () => {
  test("TH-01 the headers straight to the port are refused, and it is in the log", async () => {
    const answer = await from("127.0.0.2", "/v1/me", {
      "remote-user": "testuser",
      "remote-groups": "admins",
    });
    expect([answer.status, answer.code]).toEqual([401, "invalid_credential"]);
    expect(world.gateway.output()).toContain("did not come through the proxy");
  });

  test("TH-02 a neighbour of the proxy without its secret is refused, and so is a wrong one", async () => {
    const { "pulse-proxy-secret": _, ...without } = ana;
    for (const headers of [
      without,
      { ...ana, "pulse-proxy-secret": "x" },
      { ...ana, "pulse-proxy-secret": "" },
    ]) {
      expect((await from("127.0.0.1", "/v1/me", headers)).status).toBe(401);
    }
  });

  test("TH-03 an address that a header names counts for nothing, even with the secret", async () => {
    for (const name of ["x-forwarded-for", "x-real-ip", "forwarded", "cf-connecting-ip", "true-client-ip"]) {
      expect((await from("127.0.0.2", "/v1/me", { ...ana, [name]: "127.0.0.1" })).status).toBe(401);
    }
  });

  test.each<[string, string | string[]]>([
    ["two of them", ["alice", "admin"]],
    ["one with a comma", "alice, admin"],
    ["one with a semicolon", "a;b"],
    ["a long one", "x".repeat(129)],
    ["one beyond ASCII", "se\u00f1or"],
    ["an empty one", ""],
  ])("TH-04 %s is refused", async (_, user) => {
    const answer = await from("127.0.0.1", "/v1/me", { ...ana, "remote-user": user });
    expect([answer.status, answer.code]).toEqual([400, "bad_request"]);
  });

  test("TH-05 only the exact header names somebody", async () => {
    for (const name of ["remote_user", "x-remote-user", "remote-username"]) {
      const answer = await from("127.0.0.1", "/v1/me", { [name]: "boss", "pulse-proxy-secret": secret });
      expect(answer.status).toBe(401);
    }
  });

  test("TH-06 groups without a user are nobody's, and other spellings of a group are other groups", async () => {
    const { "remote-user": _, ...nobody } = { ...ana, "remote-groups": "admins" };
    expect((await from("127.0.0.1", "/v1/me", nobody)).status).toBe(401);
    for (const groups of ["Admins", "xadmins", "admins|x", "admins;ops"]) {
      expect(
        await meOf("127.0.0.1", { ...ana, "remote-user": "eve", "remote-groups": groups }),
      ).toMatchObject({
        roles: [],
      });
    }
    expect(
      await meOf("127.0.0.1", { ...ana, "remote-user": "eve", "remote-groups": " x , admins " }),
    ).toMatchObject({
      roles: ["admin"],
    });
  });

  test("TH-08 they open neither functions nor the runner protocol, and reach no function", async () => {
    const boss = { ...ana, "remote-user": "boss", "remote-groups": "admins" };
    expect((await from("127.0.0.1", "/f/headers", boss)).status).toBe(401);
    expect(
      (await from("127.0.0.1", "/runner/v1/sync", { ...boss, "pulse-protocol": "1" }, "POST")).status,
    ).toBe(401);
    const { body } = await from("127.0.0.1", "/f/headers", {
      ...boss,
      authorization: `Bearer ${world.adminKey}`,
    });
    expect(body).not.toMatch(/remote-|proxy-secret|boss/);
  });

  test("TH-09 a key that comes along counts alone", async () => {
    const made = await world.call("/v1/keys", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "reader", scopes: ["read"] }),
    });
    const { key } = (await made.json()) as { key: string };
    const boss = { ...ana, "remote-user": "boss", "remote-groups": "admins", authorization: `Bearer ${key}` };
    expect(await meOf("127.0.0.1", boss)).toMatchObject({ kind: "key", name: "reader", scopes: ["read"] });
  });

  test("TH-10 what a header says of the path is never read", async () => {
    for (const name of ["x-forwarded-uri", "x-original-url", "x-rewrite-url"]) {
      expect((await from("127.0.0.2", "/v1/functions", { [name]: "/health" })).status).toBe(401);
    }
  });

  test("TH-12 somebody of the proxy's is not the person of the same name who has a password here", async () => {
    const made = await world.call("/v1/users", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: "local", password: "a long enough pass phrase 7" }),
    });
    expect(made.status, await made.text()).toBe(201);
    const answer = await from("127.0.0.1", "/v1/me", { ...ana, "remote-user": "local" });
    expect([answer.status, answer.code]).toEqual([409, "name_taken"]);
  });

  test("a page of somebody else's changes nothing through the proxy", async () => {
    const boss = { ...ana, "remote-user": "boss", "remote-groups": "admins" };
    for (const headers of [boss, { ...boss, origin: "https://evil.example.test" }]) {
      expect((await from("127.0.0.1", "/v1/keys/x", headers, "DELETE")).code).toBe("bad_origin");
    }
  });

  test.each([
    ["without proxies", {}],
    ["with every address for a proxy", { PULSE_TRUSTED_PROXIES: "0.0.0.0/0" }],
    ["with every IPv6 address for a proxy", { PULSE_TRUSTED_PROXIES: "127.0.0.1,::/0" }],
  ])("a gateway %s does not start with a proxy's secret", async (_, env) => {
    const refused = startProcess("gateway/src/platform/node/main.ts", {
      PULSE_DATA_DIR: join(tmpdir(), "pulse-never-made"),
      PULSE_PORT: "0",
      PULSE_PROXY_SECRET: secret,
      ...env,
    });
    expect(await refused.exited).not.toBe(0);
    expect(refused.output()).toContain("PULSE_TRUSTED_PROXIES");
    expect(refused.output()).not.toContain(secret);
  });
});

describe.skipIf(!hasChromium())("a person whom the proxy names, in a browser", () => {
  test("is in without signing in, changes something, reads what comes, and is out when the proxy says so", async () => {
    await buildDashboard();
    const browser = await startChromium();
    try {
      const context = await browser.newContext({ baseURL: proxy.url, locale: "en-GB" });
      const page = await context.newPage();
      const complaints = await listenTo(page);
      proxy.setIdentity({ ...ana, "remote-user": "dora", "remote-groups": "admins" });
      await page.goto("/settings/secrets");
      await stands(page);
      expect(await context.cookies()).toEqual([]);
      await page.getByRole("button", { name: "New secret" }).first().click();
      await page.getByRole("textbox", { name: "Name" }).fill("BY_PROXY");
      await page.getByRole("textbox", { name: "Value" }).fill("kept to itself");
      await page.getByRole("button", { name: "Set", exact: true }).click();
      await page.getByRole("row", { name: /BY_PROXY/ }).waitFor();
      await page.getByRole("link", { name: "Audit" }).click();
      const set = page.getByRole("row", { name: /secret\.set/ }).first();
      await set.getByRole("button", { name: "person dora" }).waitFor();
      // What comes while one looks comes through the proxy as well.
      await page.goto("/executions");
      await stands(page);
      await world.call("/f/headers");
      await page.getByRole("button", { name: "1 new execution" }).waitFor();
      expect(await axeViolations(page)).toEqual([]);
      expect(complaints.list()).toEqual([]);

      complaints.expect(/401|403/);
      // Who left the group sees no more than the others of it.
      proxy.setIdentity({ ...ana, "remote-user": "dora" });
      await page.goto("/settings/people");
      await stands(page);
      expect(await page.getByRole("button", { name: "Add a person" }).count()).toBe(0);
      proxy.setIdentity(null);
      await page.goto("/");
      await page.getByRole("heading", { level: 1, name: "Sign in to Pulse" }).waitFor();
      expect(complaints.list()).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
