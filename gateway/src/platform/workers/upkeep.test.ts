import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type HranaServer, serveHrana } from "../../../../tools/hrana/server.ts";
import type { Ports } from "../../ports.ts";
import { upkeep } from "../upkeep.ts";
import { rowBlobs } from "./blobs.ts";
import { remoteDatabase } from "./database.ts";
import { migrateRemote } from "./migrate.ts";
import { consoleLog, workerPorts } from "./ports.ts";

const dayMs = 86_400_000;
let folder: string;
let server: HranaServer;
let ports: Ports;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "pulse-upkeep-"));
  server = await serveHrana({ file: join(folder, "remote.db") });
  const database = remoteDatabase(server.url, null);
  await migrateRemote(database.client);
  const blobs = rowBlobs(database.client);
  ports = workerPorts({
    database,
    blobs,
    log: consoleLog,
    masterKeys: { known: async () => [] },
    outbound: { allowed: [], ports: [] },
    keepAlive: () => undefined,
  });
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const run = async (sql: string) => (await ports.database.client.execute(sql)).rows;
const count = async (table: string) => Number((await run(`SELECT count(*) AS n FROM ${table}`))[0]?.n);

test("over HTTP too, what is old goes and what is young stays, in as many requests as a Worker may make", async () => {
  for (const [id, days] of [
    ["exe_old", 40],
    ["exe_bare", 20],
    ["exe_new", 1],
  ] as const) {
    const at = Date.now() - days * dayMs;
    await run(`INSERT INTO executions (id, project, kind, status, name, pool, route, mode, delivery, trigger_type, run_at, created_at, ended_at, trigger, job,
      response_at, response_body, response_bytes) VALUES ('${id}', 'default', 'function', 'succeeded', 'a', 'default', '', 'async', 'atLeastOnce', 'http', 0, ${at},
      ${at}, '{}', '{"kind":"function","spec":{"body":{"at":"inline","base64":"aGVsbG8="}}}', 'inline', 'b2s=', 2)`);
    await run(`INSERT INTO log_chunks (project, execution_id, fence, first_seq, last_seq, attempt, raw_bytes, total_bytes, created_at, data)
      VALUES ('default', '${id}', 1, 1, 1, 1, 1, 1, 0, x'00')`);
  }
  const bytes = new Uint8Array([1, 2, 3]);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  await ports.blobs.put(digest, bytes);
  await run(`UPDATE blob_parts SET stored_at = ${Date.now() - 2 * dayMs}`);
  const before = server.counts().pipelines;
  await upkeep(ports);
  expect(server.counts().pipelines - before).toBeLessThan(200);
  expect(await run("SELECT id, response_body FROM executions ORDER BY id")).toMatchObject([
    { id: "exe_bare", response_body: null },
    { id: "exe_new", response_body: "b2s=" },
  ]);
  const [bare] = await run("SELECT job ->> '$.spec.body' AS body FROM executions WHERE id = 'exe_bare'");
  expect(bare?.body).toBe('{"at":"stored","bytes":5}');
  expect(await run("SELECT execution_id FROM log_chunks")).toMatchObject([{ execution_id: "exe_new" }]);
  expect(await count("blob_parts")).toBe(0);
});
