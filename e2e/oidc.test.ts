import { afterAll, beforeAll, expect, test } from "vitest";
import { BrowserOfOne } from "./attacks/browser-of-one.ts";
import type { Running } from "./platforms/node.ts";
import { providerEnv, providerPort, startProvider } from "./platforms/provider-process.ts";
import { startWorld, type World } from "./world.ts";

let world: World;
let provider: Running;
let origin: string;
beforeAll(async () => {
  const port = await providerPort();
  world = await startWorld({ withoutRunner: true, gatewayEnv: providerEnv(port) });
  origin = world.url.replace("127.0.0.1", "localhost");
  provider = await startProvider(port, origin);
});
afterAll(async () => {
  await world?.stop();
  await provider?.stop();
});

/** Passes the pages of the provider as somebody would: each is a form, whose fields the person fills in. */
async function passPages(address: string, login: string): Promise<string> {
  const issuer = new URL(address).origin;
  const browser = new BrowserOfOne(issuer);
  let next = address;
  let init: RequestInit = {};
  for (let pages = 0; pages < 20; pages++) {
    const response = await browser.go(next, init);
    const location = response.headers.get("location");
    if (location !== null) {
      next = new URL(location, issuer).href;
      if (new URL(next).origin === origin) return next;
      init = {};
      continue;
    }
    const page = await response.text();
    const action = /<form[^>]+action="([^"]+)"/.exec(page)?.[1];
    if (action === undefined) throw new Error(`no form in ${next}: ${response.status} ${page.slice(0, 500)}`);
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1] ?? "login";
    next = new URL(action, issuer).href;
    init = { method: "POST", body: new URLSearchParams({ prompt, login, password: "any" }) };
  }
  throw new Error("the provider's pages have no end");
}

test.each([
  ["ana", ["operator"]],
  ["root", ["admin"]],
])("%s signs in at a standard provider and is %s here", async (login, roles) => {
  const browser = new BrowserOfOne(origin);
  const begun = await browser.go("/auth/oidc/start?return=/functions");
  const ended = await browser.go(await passPages(begun.headers.get("location") ?? "", login));
  expect([ended.status, ended.headers.get("location")]).toEqual([302, "/functions"]);
  const me = await (await browser.go("/v1/me")).json();
  expect(me).toMatchObject({ kind: "user", name: login, roles });
  const seen = await world.call("/v1/audit?action=session.open");
  expect(await seen.text()).toContain(login);
});
