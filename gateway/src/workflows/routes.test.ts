import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { TestGateway } from "../runners/gateway.suite.ts";

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start();
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const disk = (command = "df -h") => ({
  description: "Free space",
  tags: ["daily"],
  steps: [{ name: "Check disk space", type: "execute", targets: ["all"], command }],
});
const put = (name: string, definition: unknown, headers: Record<string, string> = {}) =>
  gateway.call(`/v1/workflows/${name}`, {
    method: "PUT",
    headers: { "content-type": "application/json", ...headers },
    body: typeof definition === "string" ? definition : JSON.stringify(definition),
  });
const get = async (path: string) => (await gateway.call(path)).json();

test("a definition is saved as its first revision, and comes back as it was sent", async () => {
  const saved = await put("disk", disk());
  expect(saved.status).toBe(201);
  const body = await saved.json();
  expect(body).toMatchObject({
    name: "disk",
    revision: 1,
    enabled: true,
    tags: ["daily"],
    definition: disk(),
  });
  expect(saved.headers.get("etag")).toBe(`"${body.hash}"`);
  const { warnings: _, webhooks: __, goneWebhooks: ___, ...shown } = body;
  expect(await get("/v1/workflows/disk")).toEqual(shown);
});

test("the same definition again makes no revision, another one makes the next", async () => {
  await put("disk", disk());
  const again = await put("disk", Object.fromEntries(Object.entries(disk()).reverse()));
  expect([again.status, (await again.json()).revision]).toEqual([200, 1]);
  expect((await (await put("disk", disk("df -i"))).json()).revision).toBe(2);
  const { items } = await get("/v1/workflows/disk/revisions");
  expect(items.map((one: { revision: number }) => one.revision)).toEqual([2, 1]);
  const { differences } = await get("/v1/workflows/disk/revisions/2?since=1");
  expect(differences).toEqual([
    expect.objectContaining({
      pointer: "/steps/0/command",
      kind: "changed",
      before: "df -h",
      after: "df -i",
    }),
  ]);
  expect((await gateway.call("/v1/workflows/disk/revisions/3")).status).toBe(404);
});

test("YAML is taken and given back as the same definition", async () => {
  const yaml = "tags: [daily]\nsteps:\n  - name: Check disk space\n    type: execute\n    command: df -h\n";
  expect((await put("disk", yaml, { "content-type": "application/yaml" })).status).toBe(201);
  const response = await gateway.call("/v1/workflows/disk", { headers: { accept: "application/yaml" } });
  const text = await response.text();
  expect(response.headers.get("content-type")).toContain("application/yaml");
  const again = await put("disk", text, { "content-type": "text/yaml" });
  expect([again.status, (await again.json()).revision]).toEqual([200, 1]);
});

test("a definition that is not in order is refused with everything that is wrong, and saves nothing", async () => {
  const bad = {
    steps: [
      { name: "a", type: "prompt" },
      { name: "b", type: "wait", duration: 5, condition: "1 +" },
    ],
  };
  const response = await put("bad", bad);
  const problem = await response.json();
  expect([response.status, problem.code]).toEqual([422, "validation_failed"]);
  const pointers = problem.errors.map((one: { pointer: string }) => one.pointer);
  expect(pointers).toContain("/steps/1/condition");
  expect(pointers.length).toBeGreaterThan(1);
  expect((await gateway.call("/v1/workflows/bad")).status).toBe(404);
});

test("validating tells every problem with its place and saves nothing", async () => {
  const response = await gateway.call("/v1/workflows/validate", {
    method: "POST",
    headers: { "content-type": "application/yaml" },
    body: "steps:\n  - name: a\n    type: prompt\n    condition: 'true &&'\n",
  });
  const { valid, errors } = await response.json();
  expect([response.status, valid]).toEqual([200, false]);
  const condition = errors.find((one: { pointer: string }) => one.pointer === "/steps/0/condition");
  expect(condition).toMatchObject({ code: "expression", position: { line: 4 } });
  expect(condition.column).toBeGreaterThan(0);
  expect((await get("/v1/workflows")).items).toEqual([]);
});

test("who saves over what somebody else changed is told so", async () => {
  const { hash } = await (await put("disk", disk())).json();
  expect((await put("disk", disk("a"), { "if-match": `"${hash}"` })).status).toBe(200);
  const late = await put("disk", disk("b"), { "if-match": `"${hash}"` });
  expect([late.status, (await late.json()).code]).toEqual([412, "precondition_failed"]);
});

test("two saves at once make two revisions", async () => {
  await put("disk", disk());
  const answers = await Promise.all([put("disk", disk("a")), put("disk", disk("b")), put("disk", disk("c"))]);
  const numbers = await Promise.all(answers.map(async (one) => (await one.json()).revision));
  expect(numbers.sort()).toEqual([2, 3, 4]);
});

test("workflows are listed by name, a page at a time, by text and by tag", async () => {
  for (const name of ["b-two", "a_one", "c"]) await put(name, disk());
  await put("c", { steps: disk().steps });
  const first = await get("/v1/workflows?limit=2");
  expect(first.items.map((one: { name: string }) => one.name)).toEqual(["a_one", "b-two"]);
  const second = await get(`/v1/workflows?limit=2&cursor=${first.nextCursor}`);
  expect(second.items.map((one: { name: string }) => one.name)).toEqual(["c"]);
  const names = async (query: string) =>
    (await get(`/v1/workflows?${query}`)).items.map((one: { name: string }) => one.name);
  expect(await names("tag=daily")).toEqual(["a_one", "b-two"]);
  expect(await names("q=_")).toEqual(["a_one"]);
});

test("a deleted workflow is gone, and its name begins anew", async () => {
  await put("disk", disk());
  await put("disk", disk("a"));
  expect((await gateway.call("/v1/workflows/disk", { method: "DELETE" })).status).toBe(204);
  expect((await gateway.call("/v1/workflows/disk", { method: "DELETE" })).status).toBe(404);
  expect((await (await put("disk", disk())).json()).revision).toBe(1);
});
