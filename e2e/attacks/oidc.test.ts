import { createHmac } from "node:crypto";
import { exportJWK, exportSPKI, generateKeyPair, importJWK, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startWorld, type World } from "../world.ts";
import { BrowserOfOne } from "./browser-of-one.ts";
import { PlayedProvider } from "./played-provider.ts";

const provider = new PlayedProvider();
let world: World;
let origin: string;
let people = 0;
beforeAll(async () => {
  await provider.start();
  world = await startWorld({
    withoutRunner: true,
    gatewayEnv: {
      PULSE_OIDC_ISSUER: provider.issuer,
      PULSE_OIDC_CLIENT_ID: "pulse",
      PULSE_OIDC_CLIENT_SECRET: "a secret of the client",
      PULSE_GROUP_ROLES: "pulse-admins=admin,ops=operator@default",
    },
  });
  origin = new URL((await startOf()).headers.get("location") ?? "").searchParams.get("redirect_uri") ?? "";
  origin = new URL(origin).origin;
});
afterAll(async () => {
  await world.stop();
  await provider.stop();
});
beforeEach(() => {
  people += 1;
  provider.account = { sub: `s${people}`, preferred_username: `p${people}`, name: "P", groups: [] };
  provider.misdeeds = {};
});

const startOf = () => fetch(`${world.url}/auth/oidc/start`, { redirect: "manual" });
const codeOf = async (response: Response) => ((await response.json()) as { code?: string }).code;
/** Signs in as the provider's account: the last answer, and the browser. */
async function signIn(returnTo = "/") {
  const browser = new BrowserOfOne(origin);
  const back = await browser.throughProvider(returnTo);
  return { browser, back, response: await browser.go(back) };
}
const me = async (browser: BrowserOfOne) => {
  const response = await browser.go("/v1/me");
  return response.status === 200 ? ((await response.json()) as Record<string, unknown>) : response.status;
};

describe("signing in at the provider", () => {
  test("makes the person at the first time, follows their name and groups, and leads back", async () => {
    provider.account.groups = ["ops"];
    const first = await signIn("/executions?x=1");
    expect([first.response.status, first.response.headers.get("location")]).toEqual([302, "/executions?x=1"]);
    expect(await me(first.browser)).toMatchObject({ kind: "user", name: `p${people}`, roles: ["operator"] });
    provider.account.groups = ["pulse-admins"];
    const second = await signIn();
    expect(await me(second.browser)).toMatchObject({ roles: ["admin"] });
    provider.account.groups = [];
    expect(await me((await signIn()).browser)).toMatchObject({ roles: [] });
  });

  test("the client shows its secret and the verifier to the token endpoint alone", async () => {
    const { back, browser } = await signIn();
    expect(back).not.toContain("secret");
    expect(provider.exchanges.at(-1)?.get("code_verifier")).toHaveLength(43);
    expect(browser.cookie).toMatch(/pulse_session=/);
  });

  test("the ways in are told to whoever asks", async () => {
    const response = await fetch(`${world.url}/v1/sign-in`);
    expect(await response.json()).toEqual({
      password: true,
      oidc: { name: "Single sign-on", url: "/auth/oidc/start" },
      proxy: false,
    });
  });
});

describe("OI: attacks on the sign-in", () => {
  test("OI-01 a state that is missing, wrong, used, or of another browser ends nothing", async () => {
    const browser = new BrowserOfOne(origin);
    const back = await browser.throughProvider();
    const wrong = new URL(back);
    wrong.searchParams.set("state", "x");
    const none = new URL(back);
    none.searchParams.delete("state");
    for (const [who, url] of [
      [browser, none.href],
      [browser, wrong.href],
      [new BrowserOfOne(origin), back],
    ] as const) {
      const response = await who.go(url);
      expect([response.status, await codeOf(response)]).toEqual([400, "invalid_state"]);
    }
    const other = new BrowserOfOne(origin);
    await other.throughProvider();
    expect((await other.go(back)).status).toBe(400);
    expect((await browser.go(back)).status).toBe(302);
    expect((await browser.go(back)).status).toBe(400);
  });

  test("OI-01 a browser is led to the page to sign in, which says what went wrong", async () => {
    const browser = new BrowserOfOne(origin);
    const headers = { accept: "text/html,application/xhtml+xml" };
    const response = await browser.go("/auth/oidc/callback?state=x&code=y", { headers });
    expect([response.status, response.headers.get("location")]).toEqual([302, "/?signin=invalid_state"]);
    expect(await me(browser)).toBe(401);
  });

  test.each([
    ["missing", { nonce: undefined }],
    ["of another sign-in", { nonce: "x".repeat(43) }],
  ])("OI-02 a nonce that is %s is refused", async (_, claims) => {
    provider.misdeeds = { claims };
    const { response, browser } = await signIn();
    expect([response.status, await codeOf(response)]).toEqual([401, "invalid_credential"]);
    expect(await me(browser)).toBe(401);
  });

  test("OI-03 the challenge is S256, and a code of another sign-in does not fit the verifier of this one", async () => {
    const start = new URL((await startOf()).headers.get("location") ?? "");
    expect(start.searchParams.get("code_challenge_method")).toBe("S256");
    const [a, b] = [new BrowserOfOne(origin), new BrowserOfOne(origin)];
    const [backA, backB] = [new URL(await a.throughProvider()), new URL(await b.throughProvider())];
    backA.searchParams.set("code", backB.searchParams.get("code") ?? "");
    expect((await a.go(backA.href)).status).toBe(401);
  });

  const forged: [string, NonNullable<PlayedProvider["misdeeds"]["idToken"]>][] = [
    [
      "without a signature",
      async (claims) => {
        const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
        return `${part({ alg: "none" })}.${part(claims)}.`;
      },
    ],
    [
      "signed by HMAC with the public key",
      async (claims, { publicKey }) => {
        const key = await exportSPKI((await importJWK(publicKey, "RS256")) as CryptoKey);
        const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
        const text = `${part({ alg: "HS256", kid: "k1" })}.${part(claims)}`;
        return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
      },
    ],
    [
      "signed by HMAC with the client's secret",
      (claims) =>
        new SignJWT(claims)
          .setProtectedHeader({ alg: "HS256" })
          .sign(new TextEncoder().encode("a secret of the client")),
    ],
    [
      "signed by a key that it brings along",
      async (claims) => {
        const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
        const jwk = await exportJWK(publicKey);
        return new SignJWT(claims).setProtectedHeader({ alg: "RS256", jwk }).sign(privateKey);
      },
    ],
    [
      "signed by another key of the same name",
      async (claims) => {
        const { privateKey } = await generateKeyPair("RS256");
        return new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "k1" }).sign(privateKey);
      },
    ],
    [
      "signed in another way than the provider says",
      async (claims) => {
        const { privateKey } = await generateKeyPair("ES256");
        return new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid: "k1" }).sign(privateKey);
      },
    ],
  ];
  test.each(forged)("OI-04 a token %s is refused", async (_, idToken) => {
    provider.misdeeds = { idToken };
    const { response, browser } = await signIn();
    expect([response.status, await codeOf(response)]).toEqual([401, "invalid_credential"]);
    expect(await me(browser)).toBe(401);
  });

  const nowS = () => Math.floor(Date.now() / 1000);
  test.each<[string, () => Record<string, unknown>]>([
    ["of an issuer with a slash more", () => ({ iss: `${provider.issuer}/` })],
    ["of an issuer in upper case", () => ({ iss: provider.issuer.toUpperCase() })],
    ["for another client", () => ({ aud: "other" })],
    ["for several clients, issued to nobody", () => ({ aud: ["pulse", "other"] })],
    ["for several clients, issued to another", () => ({ aud: ["pulse", "other"], azp: "other" })],
    ["that expired 61 s ago", () => ({ exp: nowS() - 61 })],
    ["that begins in more than 61 s", () => ({ nbf: nowS() + 65 })],
    ["that was issued tomorrow", () => ({ iat: nowS() + 86_400, exp: nowS() + 90_000 })],
    ["without an end", () => ({ exp: undefined })],
    ["of nobody", () => ({ sub: undefined })],
  ])("OI-05 a token %s is refused", async (_, claims) => {
    provider.misdeeds = { claims: claims() };
    const { response } = await signIn();
    expect([response.status, await codeOf(response)]).toEqual([401, "invalid_credential"]);
  });

  test("OI-06 of two that end the same sign-in at once, one does", async () => {
    const browser = new BrowserOfOne(origin);
    const back = await browser.throughProvider();
    const cookie = browser.cookie;
    const answers = await Promise.all(
      [1, 2].map(() => fetch(back, { headers: { cookie }, redirect: "manual" })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([302, 400]);
  });

  test("OI-08 an address that nobody checked, or a name that is taken, makes nobody somebody else", async () => {
    provider.account = { ...provider.account, email: "root@example.test", email_verified: false };
    const { browser } = await signIn();
    expect(await me(browser)).toMatchObject({ roles: [], scopes: [] });
    const taken = `p${people}`;
    provider.account = { sub: "another", preferred_username: taken, name: "P", groups: ["pulse-admins"] };
    const { response } = await signIn();
    expect([response.status, await codeOf(response)]).toEqual([409, "name_taken"]);
  });

  test.each([
    "https://evil.example.test",
    "//evil.example.test",
    "/\\evil",
    "/%09/evil",
    "javascript:alert(1)",
    "https:evil",
    "/\t/evil",
  ])("OI-09 after the sign-in nobody is led to %s", async (wanted) => {
    const { response } = await signIn(wanted);
    expect(response.status).toBe(302);
    const location = response.headers.get("location") ?? "";
    expect(new URL(location, origin).origin).toBe(origin);
    expect(location).toMatch(/^\/(?![/\\])/);
  });
});

describe("OI: a provider that is not what it says, or not there", () => {
  async function freshWorld<T>(env: Record<string, string>, work: (world: World) => Promise<T>): Promise<T> {
    const fresh = await startWorld({
      withoutRunner: true,
      gatewayEnv: { PULSE_OIDC_CLIENT_ID: "pulse", ...env },
    });
    try {
      return await work(fresh);
    } finally {
      await fresh.stop();
    }
  }
  const beginAt = (one: World) => fetch(`${one.url}/auth/oidc/start`, { redirect: "manual" });

  test("OI-07 a document of another issuer, keys without an end and keys that lead elsewhere are refused", async () => {
    await freshWorld({ PULSE_OIDC_ISSUER: `${provider.issuer}/tenant` }, async (one) => {
      const document = {
        issuer: "https://evil.example.test",
        authorization_endpoint: "https://x.example.test/",
      };
      const more = { token_endpoint: "https://x.example.test/", jwks_uri: "https://x.example.test/" };
      provider.misdeeds = {
        paths: {
          "/tenant/.well-known/openid-configuration": (response) =>
            void response.end(JSON.stringify({ ...document, ...more })),
        },
      };
      expect((await beginAt(one)).status).toBe(503);
    });
    for (const keys of [
      (response: import("node:http").ServerResponse) =>
        void response.end(JSON.stringify({ keys: [{ kty: "RSA", n: "x".repeat(10_000_000) }] })),
      (response: import("node:http").ServerResponse) =>
        void response.writeHead(302, { location: `${world.url}/health` }).end(),
    ]) {
      provider.misdeeds = {};
      await freshWorld({ PULSE_OIDC_ISSUER: provider.issuer }, async (one) => {
        const browser = new BrowserOfOne(one.url.replace("127.0.0.1", "localhost"));
        provider.misdeeds = { paths: { "/keys": keys } };
        const response = await browser.go(await browser.throughProvider());
        expect([response.status, await codeOf(response)]).toEqual([503, "unavailable"]);
      });
    }
  });

  test("OI-10 a provider that is not there breaks its own sign-in only", async () => {
    const gone = new PlayedProvider();
    await gone.start();
    await freshWorld({ PULSE_OIDC_ISSUER: gone.issuer }, async (one) => {
      await gone.stop();
      const begun = await beginAt(one);
      expect([begun.status, await codeOf(begun)]).toEqual([503, "unavailable"]);
      expect(begun.headers.get("retry-after")).toBe("10");
      expect((await one.call("/v1/me")).status).toBe(200);
      const session = await fetch(`${one.url}/v1/session`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ key: one.adminKey }),
      });
      expect(session.status).toBe(201);
    });
  });
});
