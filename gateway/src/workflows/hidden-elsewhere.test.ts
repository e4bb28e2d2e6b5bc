import { expect, test } from "vitest";
import { gatewayOfEachTest, seen, signedIn } from "../auth/browser.suite.ts";

const gateway = gatewayOfEachTest();
type Person = Awaited<ReturnType<typeof signedIn>>;

const json = { "content-type": "application/json" };
const send = (method: string, path: string, body: unknown) =>
  gateway().call(path, { method, headers: json, body: JSON.stringify(body) });
const read = async (who: Person, path: string) => (await who.send("GET", path)).json();
const names = async (who: Person, path: string) =>
  (await read(who, path)).items.map((one: { name: string }) => one.name).sort();

const steps = [{ id: "c", name: "Wait", type: "prompt", message: "Go on?" }];
const permissions = { view: ["user:ana"] };
const triggers = [
  { id: "nightly", type: "cron", cron: "0 3 * * *" },
  { id: "pushed", type: "webhook", provider: "github" },
  { id: "told", type: "event", name: "order.paid" },
];

async function made(method: string, path: string, body: unknown) {
  const answer = await send(method, path, body);
  expect([path, answer.status < 300, answer.status < 300 || (await answer.clone().text())]).toEqual([
    ...[path, true, true],
  ]);
  return await answer.json();
}

/** A hidden workflow with everything that starts it, and an open function beside it. */
async function hidden() {
  await gateway().addFunction("hello");
  await made("PUT", "/v1/workflows/patch", { permissions, steps, triggers });
  const target = { workflow: "patch@1", inputs: {} };
  await made("POST", "/v1/schedules", { name: "by-hand", every: "1h", target });
  await made("POST", "/v1/schedules", { name: "open", every: "1h", target: { function: "hello" } });
  await made("POST", "/v1/webhooks", { name: "hook", provider: "github", target });
  await made("POST", "/v1/webhooks", { name: "open", provider: "github", target: { function: "hello" } });
  const ana = await signedIn(gateway(), "ana", { default: "developer" });
  const ben = await signedIn(gateway(), "ben", { default: "developer" });
  return { ana, ben };
}

test("what starts a workflow that somebody may not view is in no list of theirs, and not there by its id or name", async () => {
  const { ana, ben } = await hidden();
  expect(await names(ana, "/v1/schedules")).toEqual(["by-hand", "open", "patch:nightly"]);
  expect(await names(ben, "/v1/schedules")).toEqual(["open"]);
  expect(await names(ana, "/v1/webhooks")).toEqual(["hook", "open", "patch:pushed"]);
  expect(await names(ben, "/v1/webhooks")).toEqual(["open"]);
  const [one] = (await read(ana, "/v1/webhooks?limit=1")).items;
  for (const which of ["hook", one.id, "patch:pushed"]) {
    for (const path of ["", "/setup", "/deliveries"]) {
      const url = `/v1/webhooks/${which}${path}`;
      expect([url, await seen(await ben.send("GET", url))]).toEqual([url, "not_found"]);
      expect([url, await seen(await ana.send("GET", url))]).toEqual([url, "ok"]);
    }
    for (const path of ["rotate", "capture", "test", "resend"]) {
      const url = `/v1/webhooks/${which}/${path}`;
      const body = path === "resend" ? { since: new Date(0).toISOString() } : {};
      expect([url, await seen(await ben.send("POST", url, body))]).toEqual([url, "not_found"]);
    }
    const url = `/v1/webhooks/${which}`;
    expect(await seen(await ben.send("PATCH", url, { enabled: false }))).toBe("not_found");
    expect(await seen(await ben.send("DELETE", url))).toBe("not_found");
  }
  for (const which of ["by-hand", "patch:nightly"]) {
    for (const path of ["", "/next", "/ticks"]) {
      const url = `/v1/schedules/${which}${path}`;
      expect([url, await seen(await ben.send("GET", url))]).toEqual([url, "not_found"]);
      expect([url, await seen(await ana.send("GET", url))]).toEqual([url, "ok"]);
    }
    const url = `/v1/schedules/${which}`;
    expect(await seen(await ben.send("POST", `${url}/trigger`, {}))).toBe("not_found");
    expect(await seen(await ben.send("PATCH", url, { enabled: false }))).toBe("not_found");
    expect(await seen(await ben.send("DELETE", url))).toBe("not_found");
  }
});

test("a target that somebody may not view is refused in the words of one that is not there", async () => {
  const { ben } = await hidden();
  const refused = async (path: string, workflow: string) => {
    const body = { name: "mine", provider: "github", target: { workflow } };
    const timed = { name: "mine", every: "1h", target: { workflow } };
    const answer = await ben.send("POST", path, path === "/v1/webhooks" ? body : timed);
    const { instance: _, ...problem } = await answer.json();
    return JSON.stringify(problem)
      .replaceAll(workflow, "it")
      .replace(/"request_?id":"[^"]*"/i, "");
  };
  for (const path of ["/v1/webhooks", "/v1/schedules"]) {
    expect(await refused(path, "patch")).toBe(await refused(path, "nothing"));
  }
});

test("that it ran is counted for nobody who may not view it, in no event that started it and in no statistics", async () => {
  const { ana, ben } = await hidden();
  const taken = await (await ben.send("POST", "/v1/events/order.paid", { data: {} })).json();
  await gateway().parts.clock.advance(100);
  expect(taken.subscribers).toBe(0);
  const event = async (who: Person) => {
    const { subscribers, triggers: started } = await read(who, `/v1/emitted-events/${taken.id}`);
    const [item] = (await read(who, "/v1/emitted-events")).items;
    return [subscribers, started.length, item.subscribers];
  };
  expect([await event(ana), await event(ben)]).toEqual([
    [1, 1, 1],
    [0, 0, 0],
  ]);
  const tick = await (await ana.send("POST", "/v1/schedules/by-hand/trigger", {})).json();
  await ana.send("POST", "/v1/webhooks/hook/test", {});
  expect(await seen(await ana.send("POST", `/v1/executions/${tick.executionId}/cancel`, {}))).toBe("ok");
  await gateway().parts.clock.advance(200);
  const groups = async (who: Person, by: string) =>
    (await read(who, `/v1/usage?by=${by}`)).items.map(({ group }: { group: string }) => group.slice(0, 5));
  expect([await groups(ana, "function"), await groups(ben, "function")]).toEqual([["patch"], []]);
  expect((await groups(ana, "key")).some((one: string) => one.startsWith("sch_"))).toBe(true);
  expect((await groups(ben, "key")).filter((one: string) => /^(sch|whk)_/.test(one))).toEqual([]);
  const stats = async (who: Person) => (await read(who, "/v1/stats?name=patch&name=hello")).items.length;
  expect([await stats(ana), await stats(ben)]).toEqual([2, 1]);
});

test("what a schedule or webhook started while it started a hidden workflow stays hidden after it starts another thing", async () => {
  const { ana, ben } = await hidden();
  await ana.send("POST", "/v1/schedules/by-hand/trigger", {});
  await ana.send("POST", "/v1/webhooks/hook/test", {});
  const target = { function: "hello" };
  expect(await seen(await ana.send("PATCH", "/v1/schedules/by-hand", { target }))).toBe("ok");
  expect(await seen(await ana.send("PATCH", "/v1/webhooks/hook", { target }))).toBe("ok");
  const [delivery] = (await read(ana, "/v1/webhooks/hook/deliveries")).items;
  expect((await read(ana, "/v1/schedules/by-hand/ticks")).items).toHaveLength(1);
  expect((await read(ben, "/v1/schedules/by-hand/ticks")).items).toEqual([]);
  expect((await read(ben, "/v1/webhooks/hook/deliveries")).items).toEqual([]);
  const path = `/v1/webhooks/hook/deliveries/${delivery.id}`;
  expect(await seen(await ben.send("GET", path))).toBe("not_found");
  expect(await seen(await ben.send("POST", `${path}/resend`, {}))).toBe("not_found");
});

test("runs of old revisions are judged by the newest, and those of a deleted workflow by its last, whoever takes its name", async () => {
  const { ana, ben } = await hidden();
  const { id } = await made("POST", "/v1/workflows/patch/executions", {});
  const path = `/v1/executions/${id}`;
  await made("PUT", "/v1/workflows/patch", { steps });
  expect(await seen(await ben.send("GET", path))).toBe("ok");
  await made("PUT", "/v1/workflows/patch", { permissions, steps });
  expect(await seen(await ben.send("GET", path))).toBe("not_found");
  expect(await seen(await ana.send("DELETE", "/v1/workflows/patch"))).toBe("ok");
  expect(await seen(await ben.send("GET", path))).toBe("not_found");
  expect(await names(ben, "/v1/schedules")).toEqual(["open"]);
  // What is called so now is another workflow, and what names it is seen.
  expect((await ben.send("PUT", "/v1/workflows/patch", { steps })).status).toBe(201);
  expect(await names(ben, "/v1/schedules")).toEqual(["by-hand", "open"]);
  expect(await seen(await ben.send("GET", path))).toBe("not_found");
  expect(await seen(await ana.send("GET", path))).toBe("ok");
});

test("that it is given a secret is told to nobody who may not view it", async () => {
  const { ana, ben } = await hidden();
  expect((await send("PUT", "/v1/secrets/token", { value: "a-secret-of-the-project" })).status).toBe(204);
  const run = {
    name: "Run",
    type: "execute",
    command: "true",
    targets: ["all"],
    secrets: { TOKEN: "token" },
  };
  await made("PUT", "/v1/workflows/patch", { permissions, steps: [run] });
  const users = async (who: Person) => (await read(who, "/v1/secrets")).items[0].usedBy;
  expect(await users(ana)).toEqual([{ kind: "workflow", name: "patch" }]);
  expect(await users(ben)).toEqual([]);
});

test("who may answer is said by the revision that asks, and whoever loses the view of the workflow loses that too", async () => {
  const [ana, ben] = [
    await signedIn(gateway(), "ana", { default: "operator" }),
    await signedIn(gateway(), "ben", { default: "operator" }),
  ];
  const save = (approve: string[], view?: string[]) =>
    made("PUT", "/v1/workflows/patch", { permissions: { approve, ...(view && { view }) }, steps });
  await save(["user:ana"]);
  const { id } = await made("POST", "/v1/workflows/patch/executions", {});
  await gateway().parts.clock.advance(10);
  await save(["user:ben"]);
  const answer = (who: Person) =>
    who.send("POST", `/v1/executions/${id}/respond`, { response: "Continue" }).then(seen);
  expect(await answer(ben)).toBe("forbidden");
  await save(["user:ben"], ["user:ben"]);
  expect(await answer(ana)).toBe("not_found");
  await save(["user:ben"]);
  expect(await answer(ana)).toBe("ok");
});
