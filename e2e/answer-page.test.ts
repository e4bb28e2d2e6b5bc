import { createUser } from "@pulse/schema/wire/people";
import { listPrompts } from "@pulse/schema/wire/prompts";
import { planWorkflow } from "@pulse/schema/wire/workflow-plan";
import { runWorkflow } from "@pulse/schema/wire/workflow-runs";
import { putWorkflow } from "@pulse/schema/wire/workflows";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "./platforms/node.ts";
import { startWorkersGateway } from "./platforms/workers.ts";
import { startWorld, type World } from "./world.ts";

const password = "correct horse battery";

/** What a browser without script keeps: cookies by name. */
function visitor(world: World) {
  const cookies = new Map<string, string>();
  return async (path: string, form?: Record<string, string>) => {
    const headers = new Headers({
      cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
    });
    if (form !== undefined) headers.set("origin", world.url);
    const sent = form === undefined ? {} : { method: "POST", body: new URLSearchParams(form) };
    const response = await fetch(world.url + path, { ...sent, headers, redirect: "manual" });
    for (const set of response.headers.getSetCookie()) {
      const [name = "", value = ""] = (set.split(";", 1)[0] ?? "").split("=");
      cookies.set(name, value);
    }
    const text = await response.text();
    return { status: response.status, text, token: /name="token" value="(\w+)"/.exec(text)?.[1] ?? "" };
  };
}

describe.each([
  ["Node", {}],
  [
    "Workers",
    { startGateway: (given: Parameters<typeof startWorkersGateway>[0]) => startWorkersGateway(given) },
  ],
])("on %s", (_, platform) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ withoutRunner: true, ...platform });
  }, 180_000);
  afterAll(() => world?.stop(), 60_000);

  test("a plan is made, and a prompt is answered on its page by whoever signs in there", async () => {
    const { client, signal } = world;
    const steps = [{ name: "Ask", type: "prompt", message: "Go on?", options: ["Yes", "No"] }];
    const planned = await client.call(planWorkflow, { body: { definition: { steps } }, signal });
    expect(planned.steps).toEqual([expect.objectContaining({ name: "Ask", runs: "yes" })]);
    await client.call(createUser, {
      body: { username: "ana", password, roles: { default: "operator" } },
      signal,
    });
    await client.call(putWorkflow, { params: { name: "asks" }, raw: JSON.stringify({ steps }), signal });
    const { id } = await client.call(runWorkflow, { params: { name: "asks" }, body: {}, signal });
    const prompt = await until("it asks", async () => {
      const { items } = await client.call(listPrompts, { query: { execution: id }, signal });
      return items[0] ?? null;
    });
    expect(prompt.url).toBe(`${world.url}/answer/${prompt.id}`);
    const path = new URL(prompt.url).pathname;
    const visit = visitor(world);
    const stranger = await visit(path);
    expect([stranger.status, stranger.text.includes("Go on?")]).toEqual([200, false]);
    const signIn = await visit(`${path}/session`, { token: stranger.token, username: "ana", password });
    expect(signIn.status).toBe(303);
    const page = await visit(`${path}?response=Yes`);
    expect([page.status, page.text.includes("Go on?")]).toEqual([200, true]);
    expect((await visit(path, { token: page.token, response: "Yes" })).status).toBe(303);
    expect((await visit(path, { token: page.token, response: "No" })).status).toBe(409);
    expect((await visit(path)).text).toContain("ana has answered: Yes");
    expect((await world.ended(id)).status).toBe("succeeded");
  });
});
