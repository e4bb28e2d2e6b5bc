import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deployVersion } from "@pulse/schema/wire/functions";
import { describe, expect, test } from "vitest";
import { startWorkersGateway } from "./platforms/workers.ts";
import { startWorld, type World } from "./world.ts";

const reads = `
  import { readFileSync } from "node:fs";
  export const handler = () => readFileSync(new URL("./data.txt", import.meta.url)).length;
`;
/** Text that gzip makes no smaller than three quarters. */
const noise = (bytes: number) => randomBytes((bytes * 3) / 4).toString("base64");

async function deployNoise(world: World, bytes: number) {
  const files = { "index.ts": reads, "data.txt": noise(bytes) };
  return world.client.call(deployVersion, {
    params: { name: "noise" },
    query: { wait: 120 },
    body: { runtime: "typescript", files, settings: {} } as never,
    signal: world.signal,
  });
}

const send = (world: World, path: string, body: object) =>
  world.call(path, {
    ...{ method: "POST", headers: { "content-type": "application/json" } },
    body: JSON.stringify(body),
  });
const linesOf = async (response: Response) =>
  (await response.text())
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

/** `/metrics` is for the token of its own, which opens nothing else, and for a key of the gateway's. */
async function readsMetrics(world: World, token: string): Promise<void> {
  const statusWith = async (key: string | null, path = "/metrics") =>
    (await world.call(path, { key })).status;
  expect([await statusWith(null), await statusWith(`${token}x`), await statusWith(token)]).toEqual([
    401, 401, 200,
  ]);
  expect(await statusWith(token, "/v1/functions")).toBe(401);
  const text = await (await world.call("/metrics", { key: token })).text();
  expect(text).toMatch(/^pulse_build_info\{version="[^"]+"\} 1$/m);
  expect(text).toMatch(/^pulse_runners_enrolled\{project="default",pool="default"\} 1$/m);
}

/** The endpoints of the older system: workers, and a workflow that is saved, runs and is told of. */
async function servesOldEndpoints(world: World): Promise<void> {
  const workers = await (await world.call("/api/workers")).json();
  expect(workers).toEqual([expect.objectContaining({ status: "online" })]);
  const steps = [{ name: "Go on", type: "prompt", message: "Go on?", options: ["Yes", "No"] }];
  const saved = await send(world, "/api/workflows", { name: "asks", definition: { steps } });
  expect(saved.status).toBe(200);
  const { id } = await (await send(world, "/api/executions", { workflow_id: "asks" })).json();
  const state = async () => (await (await world.call(`/api/executions/${id}`)).json()) as OldExecution;
  await expect.poll(async () => (await state()).waiting_for_input, { timeout: 20_000 }).toBe(true);
  expect((await send(world, `/api/executions/${id}/respond`, { response: "Yes" })).status).toBe(200);
  await expect.poll(async () => (await state()).status, { timeout: 20_000 }).toBe("completed");
}

/** Reports name a person and what ran; what is kept about the person is exported, and erased. */
async function tellsAndErases(world: World): Promise<void> {
  const password = "correct horse battery";
  const user = { username: "ana", password, roles: { default: "operator" } };
  expect((await send(world, "/v1/users", user)).status).toBe(201);
  const access = async () => await linesOf(await world.call("/v1/reports/access?format=ndjson"));
  expect(JSON.stringify(await access())).toContain("ana");
  const runs = await linesOf(await world.call("/v1/reports/runs?format=ndjson"));
  expect(runs).toContainEqual(expect.objectContaining({ name: "noise", status: "succeeded" }));
  const page = await world.call("/v1/reports/runs?format=html");
  expect([page.headers.get("content-type"), await page.text()]).toEqual([
    "text/html; charset=utf-8",
    expect.stringContaining("<td>noise</td>"),
  ]);
  expect(JSON.stringify(await linesOf(await world.call("/v1/users/ana/export")))).toContain('"ana"');
  const plan = await (await send(world, "/v1/users/ana/erase", { dryRun: true })).json();
  expect((await world.call("/v1/users/ana")).status).toBe(200);
  const done = await (await send(world, "/v1/users/ana/erase", {})).json();
  expect([plan.dryRun, done.dryRun, done.deleted]).toEqual([true, false, plan.deleted]);
  expect((await world.call("/v1/users/ana")).status).toBe(404);
  expect(await (await world.call("/v1/reports/access?format=ndjson")).text()).toContain(done.pseudonym);
}

interface OldExecution {
  status: string;
  waiting_for_input: boolean;
}

describe("on Workers, where code is kept", () => {
  test("with a bucket, code of several parts is stored whole, and runs; GraphQL, the compatibility router, reports and metrics, switched on, tell of it", async () => {
    const metricsToken = randomBytes(24).toString("hex");
    const vars = { PULSE_GRAPHQL: "on", PULSE_COMPAT: "on", PULSE_METRICS_TOKEN: metricsToken };
    const world = await startWorld({ startGateway: (given) => startWorkersGateway(given, { vars }) });
    try {
      expect(await deployNoise(world, 24_000_000)).toMatchObject({ status: "ready" });
      expect(await (await world.call("/f/noise", { method: "POST", body: "{}" })).json()).toBe(24_000_000);
      const ask = async (query: string, key = world.adminKey) => {
        const headers = { "content-type": "application/json", authorization: `Bearer ${key}` };
        const response = await world.call("/graphql", {
          ...{ method: "POST", headers },
          body: JSON.stringify({ query }),
        });
        return [response.status, await response.json()];
      };
      expect(await ask("{ me { kind } listFunctions { items { name latest } } }")).toEqual([
        200,
        { data: { me: { kind: "key" }, listFunctions: { items: [{ name: "noise", latest: 1 }] } } },
      ]);
      expect(await ask('mutation { changed: setLive(name: "noise") { name } }')).toEqual([
        200,
        { errors: [expect.objectContaining({ message: expect.stringContaining("setLive") })] },
      ]);
      expect(await ask('mutation { emitEvent(name: "order.paid", body: {data: 1}) { id } }')).toEqual([
        200,
        { data: { emitEvent: { id: expect.stringMatching(/^evt_/) } } },
      ]);
      expect(await ask("{ me { kind } }", "pk_nobody")).toMatchObject([401, { code: "invalid_credential" }]);
      await readsMetrics(world, metricsToken);
      await servesOldEndpoints(world);
      await tellsAndErases(world);
    } finally {
      await world.stop();
    }
  });

  test("without a bucket, code of several rows runs, and more than 10 MiB is refused in words", async () => {
    const world = await startWorld({
      startGateway: (given) => startWorkersGateway(given, { withoutBucket: true }),
    });
    try {
      expect(await deployNoise(world, 8_000_000)).toMatchObject({ status: "ready" });
      expect(await (await world.call("/f/noise", { method: "POST", body: "{}" })).json()).toBe(8_000_000);
      await expect(deployNoise(world, 24_000_000)).rejects.toThrow(/10 MiB/);
    } finally {
      await world.stop();
    }
  });
});

describe("on Workers, what is not set up", () => {
  test("is listed in one answer, and so is a wrong value", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "pulse-e2e-"));
    const vars = { PULSE_PUBLIC_URL: "nowhere" };
    const gateway = await startWorkersGateway({ dataDir, adminKey: "" }, { vars });
    try {
      const response = await fetch(`${gateway.url}/readyz`);
      const { code, detail } = (await response.json()) as { code: string; detail: string };
      expect([response.status, code]).toEqual([503, "unavailable"]);
      expect(detail).toMatch(/PULSE_ADMIN_KEY is missing .*PULSE_PUBLIC_URL must be/);
    } finally {
      await gateway.running.stop();
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
