import { roles } from "@pulse/schema/roles";
import fc from "fast-check";
import { expect, test } from "vitest";
import { gatewayOfEachTest, seen, signedIn } from "../auth/browser.suite.ts";
import { createKeyRing } from "../auth/keys.ts";
import { Follower } from "../events/stream.suite.ts";
import { isAmong } from "./permissions.ts";
import { wordsOf } from "./seen-by.ts";

const gateway = gatewayOfEachTest();
type Person = Awaited<ReturnType<typeof signedIn>>;

const json = { "content-type": "application/json" };
const send = (method: string, path: string, body: unknown) =>
  gateway().call(path, { method, headers: json, body: JSON.stringify(body) });

async function save(name: string, definition: object): Promise<void> {
  expect(await seen(await send("PUT", `/v1/workflows/${name}`, definition))).toBe("ok");
}

async function start(name: string): Promise<string> {
  const { id } = await (await send("POST", `/v1/workflows/${name}/executions`, {})).json();
  await gateway().parts.clock.advance(10);
  return id;
}

const ask = { id: "ask", name: "Ask", type: "prompt", message: "Go on?" };
const child = { id: "sub", name: "Sub", type: "workflow", workflow: "open" };
const hidden = { permissions: { view: ["user:ana", "key:ci"] }, steps: [child] };

/** A run of a hidden workflow, the run of an open one that it started, and a call that this one made. */
async function hiddenRun() {
  await save("open", { steps: [ask] });
  await save("patch", hidden);
  const [own, top] = [await start("open"), await start("patch")];
  await gateway().parts.clock.advance(10);
  const { items } = await (await gateway().call(`/v1/executions?parent=${top}`)).json();
  const nested = String(items[0].id);
  const call = "exe_01k0000000000000000000call";
  await gateway().parts.ports.database.client.execute({
    sql: `INSERT INTO executions (id, project, kind, status, name, pool, route, mode, delivery, trigger_type, parent_id, run_at, created_at, ended_at, trigger, job)
      SELECT ?, project, 'command', 'failed', 'uname', '', '', 'async', 'atMostOnce', 'workflow', id, 1, 1, 2, '{"type":"workflow"}', '{"kind":"command"}'
      FROM executions WHERE id = ?`,
    args: [call, nested],
  });
  return { own, top, nested, call };
}

const idsOf = async (who: Person, query = "") =>
  (await (await who.send("GET", `/v1/executions${query}`)).json()).items.map((one: { id: string }) => one.id);

test("nothing of a workflow that somebody may not view is there for them: no run, and nothing that a run started", async () => {
  const { own, top, nested, call } = await hiddenRun();
  const all = [own, top, nested, call].sort();
  const [ana, ben] = [
    await signedIn(gateway(), "ana", { default: "viewer" }),
    await signedIn(gateway(), "ben", { default: "developer" }),
  ];
  expect((await idsOf(ana)).sort()).toEqual(all);
  expect(await idsOf(ben)).toEqual([own]);
  const counted = async (who: Person) => {
    const { items } = await (await who.send("GET", "/v1/executions/counts?filter=since:1970-01-01")).json();
    return items
      .flatMap((one: { counts: number[] }) => one.counts)
      .reduce((sum: number, n: number) => sum + n, 0);
  };
  expect(await counted(ana)).toBe(all.length);
  expect(await counted(ben)).toBe(1);
  for (const filter of [
    "id:exe_*",
    `id:${[own, top, nested].join(",")}`,
    "name:patch,open,uname",
    "status:failed,waiting,running",
    "kind:workflow,command",
    `-id:${own}`,
  ]) {
    const ids = await idsOf(ben, `?filter=${encodeURIComponent(filter)}`);
    expect(
      ids.filter((id: string) => id !== own),
      filter,
    ).toEqual([]);
  }
  expect(await idsOf(ben, "?kind=workflow&limit=1")).toEqual([own]);
  expect(await idsOf(ben, `?parent=${top}`)).toEqual([]);
  expect(await idsOf(ben, "?q=patch")).toEqual([]);
  for (const id of [top, nested, call]) {
    for (const path of ["", "/logs", "/result", "/input", "/callbacks", `/diff/${own}`]) {
      const url = `/v1/executions/${id}${path}`;
      expect([url, await seen(await ben.send("GET", url))]).toEqual([url, "not_found"]);
      expect([url, (await seen(await ana.send("GET", url))) === "not_found"]).toEqual([url, false]);
    }
    for (const path of ["cancel", "replay", "respond"]) {
      const url = `/v1/executions/${id}/${path}`;
      const body = path === "respond" ? { response: "Continue" } : {};
      expect([url, await seen(await ben.send("POST", url, body))]).toEqual([url, "not_found"]);
    }
  }
  expect(await seen(await ben.send("GET", `/v1/executions/${own}`))).toBe("ok");
});

test("what is done to many by a filter neither counts nor touches what is hidden", async () => {
  const { own, top, nested } = await hiddenRun();
  const ben = await signedIn(gateway(), "ben", { default: "developer" });
  const cancel = { action: "cancel", filter: { kind: ["workflow"] }, dryRun: false };
  const answer = await (await ben.send("POST", "/v1/executions/bulk", cancel)).json();
  expect(answer).toMatchObject({ matched: 1, done: 1, skipped: [] });
  await gateway().parts.clock.advance(10);
  const statusOf = async (id: string) => (await (await gateway().call(`/v1/executions/${id}`)).json()).status;
  expect([await statusOf(own), await statusOf(top), await statusOf(nested)]).toEqual([
    "cancelled",
    "running",
    "waiting",
  ]);
});

test("its prompts are in nobody's list, nor on a page, but for whom it names", async () => {
  const { own, nested } = await hiddenRun();
  const [ana, ben] = [
    await signedIn(gateway(), "ana", { default: "operator" }),
    await signedIn(gateway(), "ben", { default: "operator" }),
  ];
  const prompts = async (who: Person) => (await (await who.send("GET", "/v1/prompts")).json()).items;
  expect((await prompts(ben)).map((one: { execution: string }) => one.execution)).toEqual([own]);
  const [first] = (await prompts(ana)).filter((one: { execution: string }) => one.execution === nested);
  const page = new URL(first.url).pathname;
  expect([(await ana.send("GET", page)).status, (await ben.send("GET", page)).status]).toEqual([200, 404]);
});

test("the stream of changes tells nobody of what is hidden from them", async () => {
  const ring = createKeyRing(gateway().parts.ports);
  const [ci, other] = [
    await ring.create("default", { name: "ci", scopes: ["read"], expiresAt: null }),
    await ring.create("default", { name: "other", scopes: ["read"], expiresAt: null }),
  ];
  const followers = await Promise.all(
    [ci, other].map(({ key }) => Follower.open(gateway(), "topics=executions", { key })),
  );
  const { own, top, nested } = await hiddenRun();
  await gateway().parts.clock.advance(200);
  const told = followers.map((one) => new Set(one.take().flatMap(({ data }) => data.execution?.id ?? [])));
  expect(told).toEqual([new Set([own, top, nested]), new Set([own])]);
  for (const one of followers) await one.close();
});

test("what hides is the definition of now", async () => {
  const { top, nested } = await hiddenRun();
  const ben = await signedIn(gateway(), "ben", { default: "viewer" });
  const path = `/v1/executions/${nested}`;
  expect(await seen(await ben.send("GET", path))).toBe("not_found");
  await save("patch", { ...hidden, permissions: { view: ["role:viewer"] } });
  expect(await seen(await ben.send("GET", path))).toBe("ok");
  await save("patch", { ...hidden, permissions: { view: [] } });
  expect(await seen(await ben.send("GET", `/v1/executions/${top}`))).toBe("not_found");
  expect(await seen(await gateway().call(path))).toBe("ok");
});

test("the words of somebody are those that name them, whatever they and their groups are called", () => {
  const text = fc.constantFrom(
    "ana",
    "dba",
    "admin",
    "operator",
    "employee",
    "viewer",
    "user:ana",
    "role:admin",
    "",
  );
  const who = fc.record({
    kind: fc.constantFrom("key", "session", "user", "runner", "anonymous"),
    name: text,
    roles: fc.subarray([...roles], { maxLength: 1 }),
    groups: fc.array(text, { maxLength: 2 }),
  });
  const entry = fc
    .tuple(fc.constantFrom("", "user:", "key:", "role:", "group:"), text)
    .map((two) => two.join(""));
  fc.assert(
    fc.property(who, entry, (by, word) => {
      expect(wordsOf(by).includes(word)).toBe(isAmong(by, [word]));
    }),
    { numRuns: 2000 },
  );
});
