import { createHash } from "node:crypto";
import { deploySettings } from "@pulse/schema/wire/manifest";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../dispatch/world.suite.ts";
import { newVersion, pack } from "../functions/pack.ts";
import { storeBundle } from "../runners/bundles.ts";
import { TestGateway } from "../runners/gateway.suite.ts";
import type { Parts } from "../runners/parts.suite.ts";
import { sweepContents } from "./sweep.ts";

let gateway: TestGateway;
let parts: Parts;
beforeEach(async () => {
  gateway = await TestGateway.start();
  parts = gateway.parts;
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(parts.problems).toEqual([]);
});

const hourMs = 3_600_000;
const source = {
  runtime: "typescript" as const,
  entry: undefined,
  settings: deploySettings.parse({}),
  files: [{ path: "index.ts", content: new TextEncoder().encode("export default 1") }],
};
const hours = (n: number) => parts.clock.advance(n * hourMs);
const isStored = async (sha256: string) => (await parts.ports.blobs.get(sha256)) !== null;
const run = (sql: string) => parts.ports.database.client.execute(sql);
const remove = async () =>
  expect((await gateway.call("/v1/functions/a", { method: "DELETE" })).status).toBe(204);

async function sweep(): Promise<void> {
  for await (const _ of sweepContents(parts.ports));
}

/** Deploys code whose build has ended at once; returns the digest of its bundle. */
async function deploy(): Promise<string> {
  const response = await gateway.call("/v1/functions/a/versions", {
    method: "POST",
    body: JSON.stringify({ runtime: "typescript", files: { "index.ts": "export default 1" } }),
    headers: { "content-type": "application/json" },
  });
  expect(response.status).toBe(201);
  await run(`UPDATE executions SET status = 'cancelled', ended_at = 1 WHERE ended_at IS NULL`);
  await run("UPDATE versions SET status = 'ready'");
  return String((await run("SELECT bundle_sha256 FROM versions")).rows[0]?.bundle_sha256);
}

test("the bundle of a deleted function goes a day after it was seen without a name", async () => {
  const bundleSha256 = await deploy();
  await hours(48);
  await sweep();
  expect(await isStored(bundleSha256)).toBe(true);
  await remove();
  await sweep();
  await hours(23);
  await sweep();
  expect(await isStored(bundleSha256)).toBe(true);
  await hours(2);
  await sweep();
  expect(await isStored(bundleSha256)).toBe(false);
  expect((await run("SELECT * FROM contents")).rows).toEqual([]);
});

test("the same code deployed again in between keeps its bundle", async () => {
  const bundleSha256 = await deploy();
  await remove();
  await sweep();
  await hours(30);
  expect(await deploy()).toBe(bundleSha256);
  await sweep();
  await hours(30);
  await sweep();
  expect(await isStored(bundleSha256)).toBe(true);
  expect((await run("SELECT unnamed_since FROM contents")).rows).toMatchObject([{ unnamed_since: null }]);
});

test("bytes that were stored a moment before the sweep stay, whoever is to name them", async () => {
  const bundleSha256 = await deploy();
  await remove();
  await sweep();
  await hours(30);
  const packed = await pack(source);
  const of = { project: "default", functionId: "fn_a", message: null, createdBy: null, moveAlias: null };
  // The deploy has stored its bundle and not yet written its version.
  const row = await newVersion(parts.ports, packed, of);
  await sweep();
  expect([row.bundleSha256, await isStored(bundleSha256)]).toEqual([bundleSha256, true]);
});

test("what a job made before may still name stays until that has ended", async () => {
  const bundleSha256 = await deploy();
  await run(`INSERT INTO executions (id, project, kind, status, name, pool, route, mode, delivery, trigger_type, run_at, created_at, trigger, job)
    VALUES ('exe_1', 'default', 'function', 'waiting', 'a', 'default', '', 'async', 'atLeastOnce', 'http', 0, ${parts.clock.now()}, '{}', '{}')`);
  await remove();
  for (let day = 0; day < 5; day++) {
    await sweep();
    await hours(24);
  }
  expect(await isStored(bundleSha256)).toBe(true);
  await run("UPDATE executions SET status = 'cancelled', ended_at = 1");
  await sweep();
  expect(await isStored(bundleSha256)).toBe(false);
});

test("content of two projects stays as long as one of them names it", async () => {
  const bundleSha256 = await deploy();
  await run(
    `INSERT INTO contents (project, sha256, bytes, created_at) VALUES ('other', '${bundleSha256}', 1, 0)`,
  );
  for (let day = 0; day < 3; day++) {
    await sweep();
    await hours(24);
  }
  expect((await run("SELECT project FROM contents")).rows).toMatchObject([{ project: "default" }]);
  expect(await isStored(bundleSha256)).toBe(true);
});

test("dependencies stay a week for the next build, and as long as a version uses them", async () => {
  const content = new TextEncoder().encode("dependencies");
  const sha256 = createHash("sha256").update(content).digest("hex");
  const upload = () => storeBundle(parts.ports, "default", sha256, new Blob([content]).stream());
  await upload();
  await deploy();
  await run(
    `INSERT INTO builds (project, build_key, content_sha256, execution, created_at) VALUES ('default', 'k', '${sha256}', 'e', ${parts.clock.now()})`,
  );
  await run(`UPDATE versions SET deps_sha256 = '${sha256}'`);
  for (let day = 0; day < 9; day++) {
    await sweep();
    await hours(24);
  }
  expect(await isStored(sha256)).toBe(true);
  await remove();
  await sweep();
  expect((await run("SELECT * FROM builds")).rows).toEqual([]);
  await hours(25);
  // Uploaded once more: the mark is taken off, and the bytes are new.
  await upload();
  await sweep();
  expect(await isStored(sha256)).toBe(true);
  await hours(25);
  await sweep();
  expect(await isStored(sha256)).toBe(false);
});

test("bytes that nothing ever named go a day after they were stored", async () => {
  const content = new TextEncoder().encode("left by a deploy that was broken off");
  const sha256 = createHash("sha256").update(content).digest("hex");
  await parts.ports.blobs.put(sha256, content);
  await hours(23);
  await sweep();
  expect(await isStored(sha256)).toBe(true);
  await hours(2);
  await sweep();
  expect(await isStored(sha256)).toBe(false);
});
