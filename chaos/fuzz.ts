import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createClient } from "@pulse/schema/client";
import { createKey } from "@pulse/schema/wire/auth";
import { createEnrolmentToken } from "@pulse/schema/wire/runners";
import { Pool } from "undici";
import { PlayedRunner } from "../bench/played-runner.ts";
import { collectedMemoryOf } from "../e2e/platforms/collected-memory.ts";
import { freePort } from "../e2e/platforms/node.ts";
import { Cluster } from "./cluster.ts";
import { type FuzzRequest, type Known, operationsOf, requestOf } from "./fuzz/requests.ts";
import type { Schema } from "./fuzz/schema-values.ts";
import { defectOf, type Seen } from "./fuzz/verdict.ts";

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    lanes: { type: "string", default: "8" },
    /** One request alone, by its number. */
    only: { type: "string" },
    report: { type: "string" },
  },
});
const seed = Number(values.seed);
const count = Number(values.requests);
const growthMost = 100 * 2 ** 20;
const giveUpMs = 1500;
const tellEvery = 5000;
const say = (line: string) => process.stdout.write(`${line}\n`);

interface Defect {
  n: number;
  operation: string;
  what: string;
  request: string;
  answer: string;
}

const inspectPort = await freePort();
const cluster = await Cluster.start(() => ({ env: { NODE_OPTIONS: `--inspect-port=${inspectPort}` } }));
const pool = new Pool(cluster.url, { connections: Number(values.lanes), pipelining: 1 });
try {
  const { operations, known } = await prepare();
  const only = values.only === undefined ? null : Number(values.only);
  const { defects, statuses, growth } = await run(operations, known, only);
  const bugs = cluster.output().match(/^\S+ error .*/gm) ?? [];
  const isAlive =
    (await fetch(`${cluster.url}/f/kept`, { headers: bearer(cluster.adminKey) })).status === 200;
  for (const { n, what, request, answer } of oneOfEach(defects)) {
    say(`request ${n}: ${what}\n  ${request}\n  ${answer}\n  again: pnpm fuzz --seed ${seed} --only ${n}`);
  }
  for (const bug of bugs.slice(0, 20)) say(`the gateway logged: ${bug}`);
  const grown = `memory +${(growth / 2 ** 20).toFixed(0)} MB`;
  say(`${operations.length} operations; ${JSON.stringify(statuses)}; ${defects.length} defects; ${grown}`);
  if (!isAlive) say("an honest call was not answered afterwards");
  const isSound = defects.length === 0 && bugs.length === 0 && isAlive && growth <= growthMost;
  const report = { requests: count, operations: operations.length, statuses, defects, bugs, isAlive, growth };
  if (values.report !== undefined) writeFileSync(values.report, `${JSON.stringify(report, null, 2)}\n`);
  say(isSound ? "sound" : "NOT SOUND");
  process.exitCode = isSound ? 0 : 1;
} finally {
  await pool.destroy();
  await cluster.stop();
}

/** The first of those that look alike. */
function oneOfEach(defects: readonly Defect[]): Defect[] {
  return [...new Map(defects.toReversed().map((one) => [`${one.operation} ${one.what}`, one])).values()];
}

function bearer(key: string): { authorization: string } {
  return { authorization: `Bearer ${key}` };
}

async function prepare() {
  await cluster.join({ name: "local", slots: 4 });
  const hello = "export const handler = (event) => ({ hello: event ?? null });";
  await cluster.deploy("hello", hello, { endpoint: { auth: "public" }, timeout: "2s" });
  await cluster.deploy("other", hello, { timeout: "2s" });
  // No request names this one: it must answer at the end as it did at the start.
  await cluster.deploy("kept", hello, {});
  const response = await fetch(`${cluster.url}/f/hello`, { method: "POST", body: "{}" });
  const execution = response.headers.get("pulse-execution-id") ?? "";
  const document = (await (await fetch(`${cluster.url}/openapi.json`)).json()) as Record<string, unknown>;
  const signal = AbortSignal.timeout(30_000);
  const keys = await Promise.all(
    ["read", "execute", "deploy"].map((scope) =>
      cluster.client.call(createKey, { body: { name: `fuzz-${scope}`, scopes: [scope] } as never, signal }),
    ),
  );
  const known: Known = {
    shared: sharedOf(document),
    texts: [execution, ...(await names())],
    credentials: [
      { header: `Bearer ${cluster.adminKey}`, weight: 12 },
      ...keys.map(({ key }) => ({ header: `Bearer ${key}`, weight: 1 })),
      { header: null, weight: 1 },
      { header: "Bearer pk_nothing", weight: 0.5 },
      { header: "Basic eDp5", weight: 0.5 },
      { header: `Bearer ${await runnerToken()}`, weight: 12, isRunner: true },
    ],
  };
  return { operations: operationsOf(document), known };
}

function sharedOf(document: Record<string, unknown>): Record<string, Schema> {
  const { schemas = {} } = document.components as { schemas?: Record<string, Schema> };
  return schemas;
}

async function names(): Promise<string[]> {
  const { items } = (await (
    await fetch(`${cluster.url}/v1/functions/hello/versions`, { headers: bearer(cluster.adminKey) })
  ).json()) as { items: { id: string }[] };
  return [
    "hello",
    "other",
    "hello@1",
    "live",
    "1",
    "2",
    "ghost",
    "default",
    "read",
    ...items.map(({ id }) => id),
  ];
}

/** The access token of a runner of our own, which has a session. */
async function runnerToken(): Promise<string> {
  const signal = AbortSignal.timeout(30_000);
  const { token } = await createClient({
    baseUrl: cluster.url,
    headers: () => bearer(cluster.adminKey),
  }).call(createEnrolmentToken, { body: { pool: "ghosts" }, signal });
  const ghost = await PlayedRunner.enrol(cluster.url, token, "ghost", {});
  return ghost.join();
}

async function run(operations: ReturnType<typeof operationsOf>, known: Known, only: number | null) {
  const defects: Defect[] = [];
  const statuses: Record<string, number> = {};
  const memory = () => collectedMemoryOf(cluster.gatewayPid, inspectPort);
  let n = only ?? 0;
  let before: Promise<number> | null = null;
  const end = only === null ? count : only + 1;
  const warm = Math.min(2000, count / 4);
  const lane = async () => {
    while (n < end) {
      const mine = n++;
      if (mine >= warm) before ??= memory();
      const request = requestOf(seed, mine, operations, known);
      const seen = await send(request);
      statuses[seen.status] = (statuses[seen.status] ?? 0) + 1;
      const what = defectOf(request, seen);
      if (only !== null) say(`${JSON.stringify(shown(request))}\n${seen.status} ${seen.text.slice(0, 2000)}`);
      if (what !== null) {
        const answer = `${seen.status} ${seen.text.slice(0, 300)}`;
        defects.push({ n: mine, operation: request.operation.id, what, request: shown(request), answer });
      }
      if (mine > 0 && mine % tellEvery === 0) say(`${mine} requests, ${defects.length} defects`);
    }
  };
  await Promise.all(Array.from({ length: Number(values.lanes) }, lane));
  const growth = before === null ? 0 : Math.max(0, (await memory()) - (await before));
  return { defects, statuses, growth };
}

function shown({ method, target, headers, body }: FuzzRequest): string {
  const { authorization: _, ...rest } = headers;
  const text = body === null ? "" : body.toString("utf8", 0, 300);
  return `${method} ${target.slice(0, 300)} ${JSON.stringify(rest).slice(0, 500)} ${text}`;
}

async function send({ method, target, headers, body }: FuzzRequest): Promise<Seen> {
  const begun = performance.now();
  const giveUp = AbortSignal.timeout(giveUpMs);
  try {
    const answer = await pool.request({
      method: method as "GET",
      path: target,
      headers,
      body,
      signal: giveUp,
    });
    const headMs = performance.now() - begun;
    return { status: answer.statusCode, headers: answer.headers, text: await beginning(answer.body), headMs };
  } catch (error) {
    const headMs = giveUp.aborted ? null : performance.now() - begun;
    return { status: 0, headers: {}, text: String(error), headMs };
  }
}

/** The first 64 KiB of a body; streams without an end are left. */
async function beginning(body: AsyncIterable<Buffer> & { destroy(): unknown }): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > 65_536) break;
    }
  } catch {
    // Ended by the time a request may take: what came counts.
  }
  return Buffer.concat(chunks).toString();
}
