import { expect, test } from "vitest";
import { addPerson, Browser, gatewayOfEachTest, goodPassword } from "../../auth/browser.suite.ts";
import { origin, type TestGateway } from "../../runners/gateway.suite.ts";

const gatewayNow = gatewayOfEachTest();

/** A browser without script: keeps cookies by name, sends forms as pages write them. */
class Visitor {
  readonly #gateway: TestGateway;
  readonly #cookies = new Map<string, string>();

  constructor(gateway: TestGateway) {
    this.#gateway = gateway;
  }

  async #send(path: string, init: RequestInit): Promise<{ response: Response; text: string }> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = new Headers(init.headers);
    if (cookie !== "") headers.set("cookie", cookie);
    const response = await this.#gateway.send(path, { ...init, headers });
    for (const set of response.headers.getSetCookie()) {
      const [name = "", value = ""] = (set.split(";", 1)[0] ?? "").split("=");
      this.#cookies.set(name, value);
    }
    return { response, text: await response.text() };
  }

  look(path: string, language = "en") {
    return this.#send(path, { headers: { "accept-language": language } });
  }

  send(path: string, fields: Record<string, string>, headers: Record<string, string> = { origin }) {
    const body = new URLSearchParams(fields).toString();
    const type = { "content-type": "application/x-www-form-urlencoded" };
    return this.#send(path, { method: "POST", headers: { ...type, ...headers }, body });
  }
}

const tokenIn = (text: string) => /name="token" value="([0-9a-f]{64})"/.exec(text)?.[1] ?? "";

/** Starts a workflow that asks, and gives the path of the page and what the API says of the prompt. */
async function asked(gateway: TestGateway, step: object = {}, more: object = {}) {
  const json = { "content-type": "application/json" };
  const ask = { id: "ask", name: "Ask", type: "prompt", message: "Go <on>?", options: ["Yes", "No"] };
  const body = JSON.stringify({ ...more, steps: [{ ...ask, ...step }] });
  const saved = await gateway.call("/v1/workflows/asks", { method: "PUT", headers: json, body });
  expect([saved.status, saved.ok ? "" : await saved.text()]).toEqual([201, ""]);
  await gateway.call("/v1/workflows/asks/executions", { method: "POST", headers: json, body: "{}" });
  await gateway.parts.clock.advance(10);
  const prompt = async () => (await (await gateway.call("/v1/prompts?status=all")).json()).items[0];
  const { url } = await prompt();
  expect(url).toMatch(new RegExp(`^${origin}/answer/prm_[0-9a-z]+$`));
  return { path: new URL(url).pathname, prompt };
}

/** A visitor who is signed in on the page itself. */
async function signedInOn(gateway: TestGateway, path: string, username: string): Promise<Visitor> {
  const visitor = new Visitor(gateway);
  const token = tokenIn((await visitor.look(path)).text);
  const { response } = await visitor.send(`${path}/session`, { token, username, password: goodPassword });
  expect([response.status, response.headers.get("location")]).toEqual([303, path]);
  return visitor;
}

test("who is not signed in sees nothing of the prompt, signs in on the page and answers there, once", async () => {
  const gateway = gatewayNow();
  await addPerson(gateway, "ana", { default: "operator" });
  const { path, prompt } = await asked(gateway);
  const stranger = await new Visitor(gateway).look(path);
  expect(stranger.response.status).toBe(200);
  expect(stranger.text).toContain("Sign in to see");
  expect(stranger.text).not.toContain("Go ");
  const ana = await signedInOn(gateway, path, "ana");
  const { text } = await ana.look(path);
  expect(text).toContain("Go &lt;on&gt;?");
  const done = await ana.send(path, { token: tokenIn(text), response: "Yes" });
  expect([done.response.status, done.response.headers.get("location")]).toEqual([303, path]);
  expect(await prompt()).toMatchObject({ status: "answered", answeredBy: "ana", response: "Yes" });
  expect((await ana.look(path)).text).toContain("ana has answered: Yes");
});

test("looking at the page, however often and with whatever in its address, answers nothing", async () => {
  const gateway = gatewayNow();
  await addPerson(gateway, "ana", { default: "operator" });
  const { path, prompt } = await asked(gateway);
  const ana = await signedInOn(gateway, path, "ana");
  const token = tokenIn((await ana.look(path)).text);
  await ana.look(`${path}?response=Yes&token=${token}`);
  expect(await prompt()).toMatchObject({ status: "open", answers: [] });
});

test("a form from another page, or without the page's token, answers nothing", async () => {
  const gateway = gatewayNow();
  await addPerson(gateway, "ana", { default: "operator" });
  const { path, prompt } = await asked(gateway);
  const ana = await signedInOn(gateway, path, "ana");
  const token = tokenIn((await ana.look(path)).text);
  const response = "Yes";
  for (const [fields, headers, status] of [
    [{ response }, { origin }, 403],
    [{ response, token: "0".repeat(64) }, { origin }, 403],
    [{ response, token }, { origin: "https://elsewhere.example" }, 403],
    [{ response, token }, { origin: "null" }, 403],
    [{ response, token }, {}, 403],
  ] as const) {
    expect((await ana.send(path, fields, headers)).response.status).toBe(status);
  }
  const theirs = tokenIn((await new Visitor(gateway).look(path)).text);
  expect((await ana.send(path, { response, token: theirs })).response.status).toBe(403);
  expect(await prompt()).toMatchObject({ status: "open", answers: [] });
});

test("a form is filled in with its types, and what is wrong is said beside what was typed", async () => {
  const gateway = gatewayNow();
  await addPerson(gateway, "ana", { default: "operator" });
  const form = {
    ticket: { type: "string", required: true, pattern: "^OPS-[0-9]+$" },
    batch: { type: "integer", default: 2 },
    zones: { type: "multichoice", options: ["a", "b", "c"] },
    loud: { type: "boolean" },
  };
  const { path, prompt } = await asked(gateway, { form });
  const ana = await signedInOn(gateway, path, "ana");
  const token = tokenIn((await ana.look(path)).text);
  const wrong = await ana.send(path, { token, response: "Yes", "form.ticket": '"><x>' });
  expect(wrong.response.status).toBe(422);
  expect(wrong.text).toContain("/form/ticket");
  expect(wrong.text).toContain('value="&quot;&gt;&lt;x&gt;"');
  const body = new URLSearchParams([
    ...[["token", token] as [string, string], ["response", "Yes"] as [string, string]],
    ...[["form.ticket", "OPS-7"] as [string, string], ["form.batch", "3"] as [string, string]],
    ...[["form.zones", "a"] as [string, string], ["form.zones", "c"] as [string, string]],
  ]);
  const sent = await ana.send(path, Object.fromEntries([...body].filter(([name]) => name !== "form.zones")));
  expect(sent.response.status).toBe(303);
  expect(await prompt()).toMatchObject({ status: "answered", response: "Yes" });
});

test("the second to answer sees who was first", async () => {
  const gateway = gatewayNow();
  await addPerson(gateway, "ana", { default: "operator" });
  await addPerson(gateway, "bob", { default: "operator" });
  const { path } = await asked(gateway);
  const ana = await signedInOn(gateway, path, "ana");
  const bob = await signedInOn(gateway, path, "bob");
  const bobs = tokenIn((await bob.look(path)).text);
  await ana.send(path, { token: tokenIn((await ana.look(path)).text), response: "No" });
  const late = await bob.send(path, { token: bobs, response: "Yes" });
  expect([late.response.status, late.text.includes("ana has answered: No")]).toEqual([409, true]);
});

test("the second of two sees what the first has filled in, and agrees with that or with nothing", async () => {
  const gateway = gatewayNow();
  await addPerson(gateway, "ana", { default: "operator" });
  await addPerson(gateway, "bob", { default: "operator" });
  const form = { where: { type: "string", title: "Where", default: "staging" }, sure: { type: "boolean" } };
  const { path, prompt } = await asked(gateway, { form, approvers: { count: 2 } });
  const ana = await signedInOn(gateway, path, "ana");
  const bob = await signedInOn(gateway, path, "bob");
  const early = { token: tokenIn((await bob.look(path)).text), response: "Yes" };
  const typed = { token: tokenIn((await ana.look(path)).text), response: "Yes", "form.where": "<live>" };
  expect((await ana.send(path, typed)).response.status).toBe(303);
  const blind = await bob.send(path, { ...early, "form.where": "staging" });
  expect([blind.response.status, (await prompt()).status]).toEqual([409, "open"]);
  expect(blind.text).toContain("ana has filled the form in otherwise");
  expect(blind.text).toContain("<dt>Where</dt><dd>&lt;live&gt;</dd>");
  const agreed = /name="agreed" value="([^"]*)"/.exec(blind.text)?.[1]?.replaceAll("&quot;", '"') ?? "";
  const plain = agreed.replace("&lt;", "<").replace("&gt;", ">");
  const done = await bob.send(path, { ...early, token: tokenIn(blind.text), agreed: plain });
  expect([done.response.status, (await prompt()).status]).toEqual([303, "answered"]);
});

test("whoever may not answer is told, and in another project there is no such prompt", async () => {
  const gateway = gatewayNow();
  await addPerson(gateway, "viewer", { default: "viewer" });
  const json = { "content-type": "application/json" };
  await gateway.call("/v1/projects", {
    method: "POST",
    headers: json,
    body: JSON.stringify({ name: "other" }),
  });
  await addPerson(gateway, "stranger", { other: "admin" });
  const { path, prompt } = await asked(gateway);
  const viewer = await signedInOn(gateway, path, "viewer");
  const { text } = await viewer.look(path);
  expect(text).toContain("execute");
  const refused = await viewer.send(path, { token: tokenIn(text), response: "Yes" });
  expect(refused.response.status).toBe(403);
  const stranger = await signedInOn(gateway, path, "stranger");
  const nothing = await stranger.look(path);
  expect([nothing.response.status, nothing.text.includes("Go ")]).toEqual([404, false]);
  expect((await stranger.look("/answer/prm_0")).text.replace(/[0-9a-f]{32}/g, "")).toBe(
    nothing.text.replace(/[0-9a-f]{32}/g, ""),
  );
  expect((await prompt()).status).toBe("open");
});

test("the page runs no script, loads nothing from elsewhere and speaks the browser's language", async () => {
  const gateway = gatewayNow();
  const { path } = await asked(gateway);
  const { response, text } = await new Visitor(gateway).look(path, "es-MX,es;q=0.9,en;q=0.8");
  const policy = response.headers.get("content-security-policy") ?? "";
  expect(policy).toMatch(/^default-src 'none'; style-src 'nonce-[0-9a-f]{32}'; form-action 'self'/);
  expect(response.headers.get("referrer-policy")).toBe("same-origin");
  expect(response.headers.get("x-frame-options")).toBe("DENY");
  expect(text).not.toMatch(/<script|\son\w+=|style="/);
  expect(text).toContain("Inicia sesión");
  const wrong = await new Visitor(gateway).send(`${path}/session`, { username: "ana", password: "x" });
  expect(wrong.response.status).toBe(403);
});

test("open prompts are listed, newest first, with the page of each", async () => {
  const gateway = gatewayNow();
  const { prompt } = await asked(gateway);
  const { id, execution } = await prompt();
  const items = async (query: string) => (await (await gateway.call(`/v1/prompts${query}`)).json()).items;
  expect(await items("")).toEqual([
    expect.objectContaining({ id, execution, workflow: "asks", status: "open" }),
  ]);
  expect(await items("?workflow=none")).toEqual([]);
  expect((await items(`?id=${id}`)).length).toBe(1);
  await gateway.call(`/v1/executions/${execution}/cancel`, { method: "POST" });
  await gateway.parts.clock.advance(10);
  expect(await items("")).toEqual([]);
  expect((await items("?status=all"))[0]).toMatchObject({ id, status: "cancelled" });
});

test("whoever may not view a workflow finds neither its prompts, nor their pages, nor its plan", async () => {
  const gateway = gatewayNow();
  await addPerson(gateway, "ana", { default: "operator" });
  const { path } = await asked(gateway, {}, { permissions: { view: ["user:bob"] } });
  const ana = await signedInOn(gateway, path, "ana");
  expect((await ana.look(path)).response.status).toBe(404);
  expect(JSON.parse((await ana.look("/v1/prompts")).text).items).toEqual([]);
  const json = { "content-type": "application/json" };
  const browser = new Browser(gateway);
  await browser.signIn("ana");
  const plan = await browser.send("POST", "/v1/workflows/plan", { workflow: "asks" }, json);
  expect(plan.status).toBe(404);
  expect((await gateway.call("/v1/prompts")).status).toBe(200);
});
