import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { nodeOutbound } from "../platform/node/outbound.ts";
import { TestGateway } from "../runners/gateway.suite.ts";
import { repositoryArchive } from "./repository.suite.ts";

let gateway: TestGateway;
let host: Server;
let origin: string;
/** The files at the end of the branch, and what the host answers in place of them. */
let files: Record<string, string>;
let commit = "a".repeat(40);
let answer: number | null = null;
let seen: { path: string; authorization: string | undefined }[] = [];
let gate: Promise<void> | null = null;

beforeEach(async () => {
  [answer, seen, gate, commit] = [null, [], null, "a".repeat(40)];
  files = { ...start };
  host = createServer(async (request, response) => {
    seen.push({ path: request.url ?? "", authorization: request.headers.authorization });
    await gate;
    if (answer !== null) return void response.writeHead(answer).end("no");
    if (request.url?.includes("/archive/")) {
      const location = `/codeload/${commit}`;
      return void response.writeHead(302, { location }).end();
    }
    response.writeHead(200, { "content-type": "application/gzip" });
    response.end(gzipSync(repositoryArchive(files, commit)));
  });
  await new Promise<void>((listening) => host.listen(0, "127.0.0.1", listening));
  const { port } = host.address() as AddressInfo;
  origin = `http://127.0.0.1:${port}`;
  gateway = await TestGateway.start();
  gateway.parts.ports.outbound = nodeOutbound({ allowed: [`127.0.0.1:${port}`], ports: [] });
});
afterEach(async () => {
  await settle();
  gateway.close();
  host.close();
  host.closeAllConnections();
  expect(gateway.parts.problems).toEqual([]);
});

const workflow = (steps: unknown) => JSON.stringify({ steps });
const waits = (duration: number) => workflow([{ name: "rest", type: "wait", duration }]);
const start = {
  "README.md": "a shop",
  "ops/pulse.yaml": "schedules:\n  nightly: { every: 1h, target: { workflow: tidy } }\n",
  "ops/workflows/tidy.json": waits(1),
};
const json = { "content-type": "application/json" };

async function send(method: string, path: string, body?: unknown) {
  const given = body === undefined ? {} : { headers: json, body: JSON.stringify(body) };
  const response = await gateway.call(path, { method, ...given });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
}
const get = async (path: string) => (await send("GET", path)).body;

async function add(change: Record<string, unknown> = {}) {
  const asked = { name: "shop", host: "github", repository: `${origin}/acme/shop`, folder: "ops", ...change };
  const made = await send("POST", "/v1/sources", asked);
  expect([made.status, made.body]).toEqual([201, expect.anything()]);
  return made.body as { id: string; secret: string; url: string };
}

const payload = (ref = "refs/heads/main") => JSON.stringify({ ref, before: "0".repeat(40), after: commit });
async function pushTo({ id, secret }: { id: string; secret: string }, body = payload(), event = "push") {
  // Syncs of one millisecond have no order.
  await gateway.parts.clock.advance(1);
  const signature = createHmac("sha256", secret).update(body).digest("hex");
  const headers = { ...json, "x-hub-signature-256": `sha256=${signature}`, "x-github-event": event };
  const response = await gateway.send(`/sync/${id}`, { method: "POST", headers, body });
  return { status: response.status, body: await response.json() };
}
const syncs = async () => (await get("/v1/sources/shop/syncs")).items;
async function syncNow() {
  await gateway.parts.clock.advance(1);
  expect((await send("POST", "/v1/sources/shop/sync")).status).toBe(202);
}
/** The newest sync once it has ended or waits to be tried again. */
async function ended() {
  return await vi.waitFor(async () => {
    const [newest] = await syncs();
    expect(newest.status === "waiting" ? newest.problem : newest.endedAt).not.toBeNull();
    return newest;
  }, 10_000);
}

test("a signed push makes the project as the folder says, with entries in the audit under the source's name", async () => {
  const source = await add();
  expect(source).toMatchObject({
    url: expect.stringMatching(/\/sync\/src_/),
    secret: expect.stringMatching(/^.{43}$/),
  });
  const pushed = await pushTo(source);
  expect(pushed).toMatchObject({ status: 202, body: { status: "accepted" } });
  expect(await ended()).toMatchObject({
    ...{ id: pushed.body.sync, status: "succeeded", startedBy: "push", commit, problem: null },
    steps: [
      { kind: "workflow", name: "tidy", act: "create", state: "done" },
      { kind: "schedule", name: "nightly", act: "create", state: "done" },
    ],
  });
  expect(await get("/v1/workflows/tidy")).toMatchObject({ revision: 1 });
  expect(await get("/v1/schedules/nightly")).toMatchObject({
    everyMs: 3_600_000,
    createdBy: "key:source:shop",
  });
  const { items } = await get("/v1/audit?limit=100");
  const done = items.map(
    (one: { action: string; actor: { name: string } }) => `${one.actor.name} ${one.action}`,
  );
  expect(done).toEqual(expect.arrayContaining(["source:shop workflow.save", "source:shop schedule.create"]));
  expect(await get("/v1/sources/shop")).toMatchObject({
    lastSync: { status: "succeeded", commit, problem: null },
  });
  expect(JSON.stringify(await get("/v1/sources/shop"))).not.toContain(source.secret);
});

test("what was changed by hand is told as drift and made so again; what is removed goes only where that is wanted", async () => {
  await add();
  await syncNow();
  expect(await ended()).toMatchObject({ status: "succeeded", startedBy: "key:admin" });
  expect((await send("POST", "/v1/sources/shop/diff")).body).toEqual({
    commit,
    plan: expect.arrayContaining([{ kind: "workflow", name: "tidy", act: "unchanged", differences: [] }]),
  });
  await send("PUT", "/v1/workflows/tidy", JSON.parse(waits(7)));
  const { body: drift } = await send("POST", "/v1/sources/shop/diff");
  expect(drift.plan[0]).toMatchObject({ act: "change", differences: [{ before: 7, after: 1 }] });
  expect((await get("/v1/workflows/tidy")).revision).toBe(2);
  commit = "b".repeat(40);
  files["ops/pulse.yaml"] = "removed: { schedules: [nightly] }\n";
  await syncNow();
  expect(await ended()).toMatchObject({
    ...{ status: "succeeded", commit },
    steps: [{ name: "tidy", act: "change", paths: ["definition.steps.0.duration"], state: "done" }],
  });
  expect((await send("GET", "/v1/schedules/nightly")).status).toBe(200);
  await send("PATCH", "/v1/sources/shop", { prune: true });
  await syncNow();
  expect(await ended()).toMatchObject({ steps: [{ name: "nightly", act: "remove", state: "done" }] });
  expect((await send("GET", "/v1/schedules/nightly")).status).toBe(404);
});

test("a push with another secret, or of another source, tells nothing and starts nothing; one to another branch is ignored", async () => {
  const source = await add();
  const refused = await pushTo({ ...source, secret: "another" });
  const nobodys = await pushTo({ ...source, id: source.id.replace(/.{4}$/, "zzzz") });
  expect([refused.status, refused.body.code]).toEqual([401, "invalid_signature"]);
  const { requestId: _, instance: __, ...one } = refused.body;
  expect(nobodys).toMatchObject({ status: 401, body: { code: one.code, detail: one.detail } });
  for (const body of [payload("refs/heads/other"), payload("refs/tags/main"), JSON.stringify({ zen: "x" })]) {
    expect(await pushTo(source, body)).toMatchObject({
      status: 200,
      body: { status: "ignored", sync: null },
    });
  }
  const gone = JSON.stringify({ ref: "refs/heads/main", after: "0".repeat(40) });
  expect(await pushTo(source, gone)).toMatchObject({ body: { status: "ignored" } });
  expect(await syncs()).toEqual([]);
  expect(seen).toEqual([]);
  const { body } = await send("POST", "/v1/sources/shop/rotate");
  expect((await pushTo(source)).status).toBe(401);
  expect((await pushTo({ ...source, secret: body.secret })).status).toBe(202);
  await ended();
});

test("pushes during a sync make one more after it, which sees the newest commit", async () => {
  const source = await add();
  const held = Promise.withResolvers<void>();
  gate = held.promise;
  await pushTo(source);
  await vi.waitFor(() => expect(seen).toHaveLength(1), 5000);
  const [second, third] = [await pushTo(source), await pushTo(source)];
  expect(second.body.sync).toBe(third.body.sync);
  expect((await syncs()).map((one: { status: string }) => one.status)).toEqual(["waiting", "running"]);
  commit = "c".repeat(40);
  gate = null;
  held.resolve();
  await vi.waitFor(async () => {
    const all = await syncs();
    expect(all.map((one: { status: string }) => one.status)).toEqual(["succeeded", "succeeded"]);
    expect(all[0].commit).toBe(commit);
  }, 10_000);
  expect(await syncs()).toHaveLength(2);
});

test("what is wrong in the repository is told with its place, and nothing is done", async () => {
  await add();
  files["ops/workflows/tidy.json"] = workflow([{ name: "rest", type: "nothing" }]);
  files["ops/functions/a/pulse.jsonc"] = '{ "name": "a", "runtime": "cobol" // none\n}';
  await syncNow();
  expect(await ended()).toMatchObject({
    ...{ status: "failed", steps: null },
    problem: { code: "validation_failed", detail: expect.stringContaining("ops/functions/a/pulse.jsonc") },
  });
  delete files["ops/functions/a/pulse.jsonc"];
  await syncNow();
  expect(await ended()).toMatchObject({
    problem: { detail: expect.stringMatching(/^ops\/workflows\/tidy\.json:\d+:\d+: \/steps\/0/) },
  });
  expect((await send("GET", "/v1/schedules/nightly")).status).toBe(404);
  await send("PATCH", "/v1/sources/shop", { folder: "elsewhere" });
  await syncNow();
  expect(await ended()).toMatchObject({
    problem: { detail: expect.stringContaining("elsewhere/pulse.yaml") },
  });
});

test("a token is sent to the host, never told, and one that is not set is said", async () => {
  await send("PUT", "/v1/secrets/GIT_TOKEN", { value: "zq-token" });
  await add({ host: "gitea", token: "GIT_TOKEN" });
  await syncNow();
  expect(await ended()).toMatchObject({ status: "succeeded" });
  expect(seen[0]).toEqual({
    path: "/api/v1/repos/acme/shop/archive/main.tar.gz",
    authorization: "token zq-token",
  });
  answer = 404;
  await syncNow();
  const failed = await ended();
  expect(failed).toMatchObject({ status: "failed", problem: { code: "repository_unreadable" } });
  expect(failed.problem.detail).toMatch(/answered 404 .* GIT_TOKEN/);
  await send("DELETE", "/v1/secrets/GIT_TOKEN");
  const diff = await send("POST", "/v1/sources/shop/diff");
  expect(diff).toMatchObject({ status: 422, body: { code: "repository_unreadable" } });
  expect(diff.body.detail).toContain("GIT_TOKEN is not set");
});

test("a host that is away is asked again later, and the sync that was begun goes on by itself", async () => {
  await add();
  answer = 503;
  await syncNow();
  expect(await ended()).toMatchObject({
    ...{ status: "waiting", tries: 1 },
    problem: { code: "repository_unreadable", detail: expect.stringContaining("answered 503") },
  });
  answer = null;
  await gateway.parts.clock.advance(30_000);
  await syncNow();
  await vi.waitFor(
    async () => expect((await syncs())[0]).toMatchObject({ status: "succeeded", tries: 2 }),
    5000,
  );
  expect(await syncs()).toHaveLength(1);
});

test("a sync whose gateway died is begun again and does what is left", async () => {
  const source = await add();
  await syncNow();
  const done = await ended();
  await send("DELETE", "/v1/schedules/nightly");
  const { client } = gateway.parts.ports.database;
  await client.execute({
    sql: "UPDATE source_syncs SET status = 'running', ended_at = NULL, steps = NULL, next_at = ? WHERE id = ?",
    args: [gateway.parts.clock.now() + 60_000, done.id],
  });
  await pushTo(source);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect((await syncs()).map((one: { status: string }) => one.status)).toEqual(["waiting", "running"]);
  await gateway.parts.clock.advance(60_001);
  await pushTo(source);
  await vi.waitFor(async () => {
    const [later, first] = await syncs();
    expect(first).toMatchObject({ id: done.id, status: "succeeded", tries: 2 });
    expect(first.steps).toMatchObject([{ kind: "schedule", name: "nightly", act: "create", state: "done" }]);
    expect(later).toMatchObject({ status: "succeeded", steps: [] });
  }, 10_000);
});

test.each([
  ["nothing was done by", null, "failed"],
  [
    "something was done by",
    [{ kind: "workflow", name: "tidy", act: "create", paths: [], state: "done" }],
    "succeeded",
  ],
])("a sync that was begun six times and never ended, and %s the last one", async (_, steps, status) => {
  const source = await add();
  await syncNow();
  const { id } = await ended();
  await gateway.parts.ports.database.client.execute({
    sql: "UPDATE source_syncs SET status = 'running', ended_at = NULL, tries = 6, steps = ?, next_at = 0 WHERE id = ?",
    args: [JSON.stringify(steps), id],
  });
  await pushTo(source);
  await vi.waitFor(async () => {
    const first = (await syncs()).at(-1);
    expect(first).toMatchObject({ id, status, tries: 7 });
    expect(first.problem?.detail).toBe(
      status === "failed" ? "it was begun 6 times, and never ended" : undefined,
    );
  }, 10_000);
});

test("repositories that are inside or in the open are refused, and so is a source that one may not make", async () => {
  const refused = async (repository: string) =>
    (await send("POST", "/v1/sources", { name: "x", host: "github", repository })).body.code;
  expect(await refused("http://169.254.169.254/acme/shop")).toBe("url_not_allowed");
  expect(await refused("http://git.example.test/acme/shop")).toBe("validation_failed");
  expect(await refused(`https://${"ana:secret"}@git.example.test/acme/shop`)).toBe("validation_failed");
  expect(await refused("https://git.example.test/shop")).toBe("validation_failed");
  const percent = { name: "x", host: "gitlab", repository: "https://git.example.test/acme/50%" };
  expect((await send("POST", "/v1/sources", percent)).body).toMatchObject({
    ...{ status: 422, code: "validation_failed", detail: expect.stringContaining("written %25") },
  });
  const { body } = await send("POST", "/v1/keys", { name: "ci", scopes: ["read", "execute", "deploy"] });
  const asked = { name: "shop", host: "github", repository: `${origin}/acme/shop` };
  const headers = { ...json, authorization: `Bearer ${body.key}` };
  const made = await gateway.send("/v1/sources", { method: "POST", headers, body: JSON.stringify(asked) });
  expect(made.status).toBe(403);
});

test("a sync is started only by who may all that it does: a key that deploys and does not execute makes no schedule by it", async () => {
  await add();
  const syncAs = async (scopes: string[]) => {
    const { body } = await send("POST", "/v1/keys", { name: scopes.join("-"), scopes });
    const headers = { authorization: `Bearer ${body.key}` };
    const response = await gateway.send("/v1/sources/shop/sync", { method: "POST", headers });
    const { code, detail, status } = (await response.json()) as Record<string, unknown>;
    return [response.status, code ?? status, detail];
  };
  const detail = (lacked: string) => expect.stringContaining(`needs them all: ${lacked} is missing`);
  expect(await syncAs(["deploy"])).toEqual([403, "forbidden", detail('"read", "execute"')]);
  expect(await syncAs(["read", "deploy"])).toEqual([403, "forbidden", detail('"execute"')]);
  expect((await syncAs(["read", "execute"]))[0]).toBe(403);
  expect([await syncs(), seen]).toEqual([[], []]);
  expect(await syncAs(["read", "execute", "deploy"])).toEqual([202, "waiting", undefined]);
  expect(await ended()).toMatchObject({ status: "succeeded", startedBy: "key:read-execute-deploy" });
  expect((await send("GET", "/v1/schedules/nightly")).status).toBe(200);
});

test("so many differences are looked for a minute, and no more", async () => {
  await add();
  answer = 404;
  const statuses = [];
  for (let n = 0; n < 21; n++) statuses.push((await send("POST", "/v1/sources/shop/diff")).status);
  expect([statuses.slice(0, 20).includes(429), statuses[20]]).toEqual([false, 429]);
});
