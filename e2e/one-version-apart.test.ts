import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pulseVersion } from "@pulse/schema/version";
import { version } from "@pulse/schema/wire/operations";
import { listRunners } from "@pulse/schema/wire/runners";
import { runWorkflow } from "@pulse/schema/wire/workflow-runs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildPrograms } from "../install/programs.ts";
import { commandRunners, env, held, NotedRuns, note, on } from "./noted-runs.ts";
import { makeNextPrograms, nextVersion } from "./platforms/next-version.ts";
import { type Running, startProcess, until } from "./platforms/node.ts";
import { programsVariable } from "./platforms/program-env.ts";
import { startWorld, type World } from "./world.ts";

/** Programs by the protocol that they speak: today's, and those that a later version would bring. */
let programs: Record<1 | 2, Record<string, string>>;
let nextFolder: string | undefined;
const scratch = await mkdtemp(join(tmpdir(), "pulse-next-"));
const before = process.env[programsVariable];
let world: World;
const runs = new NotedRuns(() => world);
const runners = new Map<string, Running>();

/** From now on, processes are started of this version. */
function speak(protocol: 1 | 2): void {
  process.env[programsVariable] = JSON.stringify(programs[protocol]);
}

beforeAll(async () => {
  const today =
    before === undefined
      ? await buildPrograms(join(import.meta.dirname, "../node_modules/.cache/programs"))
      : JSON.parse(before);
  const next = await makeNextPrograms(today, scratch);
  nextFolder = next.folder;
  programs = { 1: today, 2: next.programs };
  speak(1);
  world = await startWorld({
    withoutRunner: true,
    runnerEnv: { PULSE_COMMANDS: "allow", PULSE_DRAIN_SECONDS: "1" },
  });
  for (const name of commandRunners) runners.set(name, await world.startRunner(name));
  await world.deploy("twice", {
    "index.ts":
      "export const handler = async ({ n }: { n: number }) => { await new Promise((done) => setTimeout(done, 100)); return { n: n * 2 }; };",
  });
}, 120_000);
afterAll(async () => {
  await world?.stop();
  if (before === undefined) delete process.env[programsVariable];
  else process.env[programsVariable] = before;
  for (const folder of [scratch, nextFolder]) if (folder !== undefined) await rm(folder, { recursive: true });
});

const protocol = async () => (await world.client.call(version, { signal: world.signal })).protocol;
/** Waits until the runners are of these versions, by their names. */
async function areNow(wanted: Record<string, string>): Promise<void> {
  await until(`the runners are ${JSON.stringify(wanted)}`, async () => {
    const { items } = await world.client.call(listRunners, { query: {}, signal: world.signal });
    return items.every(({ name, version: seen }) => wanted[name] === seen) ? true : null;
  });
}

/** Ends a runner as an upgrade does, and starts it of the version that is spoken now. */
async function exchange(name: string): Promise<void> {
  await runners.get(name)?.stop();
  runners.set(name, await world.startRunner(name));
}

/** Repeats what is sent while no gateway answers, with the same idempotency key. */
async function persistently<T>(send: () => Promise<T | null>): Promise<T> {
  return await until("the gateway accepts it", () => send().catch(() => null), undefined, 30_000);
}

/** At least 60 calls, and runs, that go on until `end`, which then checks every one of them. */
function load(folder: string) {
  const stopping = new AbortController();
  const name = `load-${performance.now()}`;
  const calls: { id: string; n: number }[] = [];
  const begun: string[] = [];
  const { client, signal } = world;
  const call = async (n: number) =>
    await persistently(async () => {
      const response = await world.call("/f/twice", {
        method: "POST",
        body: JSON.stringify({ n }),
        headers: {
          ...{ "content-type": "application/json", prefer: "respond-async" },
          "idempotency-key": `${name}-${n}`,
        },
      });
      return response.status === 202 ? ((await response.json()) as { id: string }).id : null;
    });
  const run = async (n: number) =>
    await persistently(async () => {
      const headers = { "idempotency-key": `${name}-run-${n}` };
      const body = { inputs: { folder, n } };
      return (await client.call(runWorkflow, { params: { name: "load" }, body, headers, signal })).id;
    });
  const line = async (first: number, step: number) => {
    for (let n = first; !stopping.signal.aborted || n < 60; n += step) {
      calls.push({ id: await call(n), n });
      await new Promise((done) => setTimeout(done, 60));
    }
  };
  const flows = async () => {
    for (let n = 0; !stopping.signal.aborted; n++) {
      begun.push(await run(n));
      await new Promise((done) => setTimeout(done, 500));
    }
  };
  const all = Promise.all([line(0, 2), line(1, 2), flows()]);
  return {
    async end() {
      stopping.abort();
      await all;
      const ended = await Promise.all(calls.map(({ id }) => world.ended(id)));
      expect(ended.map(({ status }) => status)).toEqual(calls.map(() => "succeeded"));
      const results = calls.map(async ({ id }) => (await world.call(`/v1/executions/${id}/result`)).json());
      expect(await Promise.all(results)).toEqual(calls.map(({ n }) => ({ n: n * 2 })));
      expect(new Set(ended.map(({ id }) => id)).size).toBe(calls.length);
      const flowed = await Promise.all(begun.map((id) => world.ended(id)));
      expect(flowed.map(({ status }) => status)).toEqual(begun.map(() => "succeeded"));
      // A command runs at most once, and here each has: once on each runner.
      const wanted = begun.flatMap((_, n) => commandRunners.map(() => String(n)));
      expect(runs.lines("ran").sort()).toEqual(wanted.sort());
    },
  };
}

test("a runner that is newer than its gateway is told what to upgrade, and what it had goes on", async () => {
  const id = await runs.start("kept", {
    steps: [
      {
        ...{ id: "go", name: "Go", ...on("web-1") },
        command: `${note("kept")}; ${held("go")}; ${note("kept", "done")}`,
      },
    ],
  });
  await runs.written("kept", 1);
  await runners.get("web-1")?.stop();
  speak(2);
  const newer = startProcess("runner/src/main.ts", {
    ...{ PULSE_GATEWAY: world.url, PULSE_RUNNER_NAME: "web-1", PULSE_COMMANDS: "allow" },
    ...{ PULSE_STATE_DIR: join(world.dataDir, "web-1"), PULSE_SANDBOX: "process" },
  });
  expect(await newer.exited).toBe(1);
  expect(newer.output()).toContain("serves protocol 1 of runners, and the runner speaks 2: it is newer");
  // The command ends while no runner is there, and the version before tells of it.
  runs.release("go");
  await runs.written("kept", 2);
  speak(1);
  await exchange("web-1");
  expect((await world.ended(id)).status).toBe("succeeded");
  expect(runs.lines("kept")).toEqual(["begun", "done"]);
}, 60_000);

test("a gateway is upgraded while runners of the version before work, and then they one by one", async () => {
  const folder = runs.folder("load");
  await runs.save("load", {
    inputs: { folder: { type: "string", required: true }, n: { type: "integer", required: true } },
    steps: [
      {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the format says so.
        ...{ id: "note", name: "Note", ...on(...commandRunners), command: note("ran", "${{ inputs.n }}") },
        env,
      },
      {
        ...{ id: "twice", name: "Twice", type: "function", function: "twice" },
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the format says so.
        input: { n: "${{ inputs.n }}" },
      },
    ],
  });
  const working = load(folder);
  await runs.written("ran", 2);
  await world.gateway.stop();
  speak(2);
  await world.startGateway();
  expect(await protocol()).toBe(2);
  expect(readdirSync(join(world.dataDir, "gateway/backups"))).toEqual([
    expect.stringMatching(/^before-migration-.*\.db$/),
  ]);
  const seen = runs.lines("ran").length;
  // Runners of the version before take work of the new gateway.
  await runs.written("ran", seen + 4);
  await areNow({ "web-1": pulseVersion, "web-2": pulseVersion });
  await exchange("web-1");
  await areNow({ "web-1": nextVersion, "web-2": pulseVersion });
  await runs.written("ran", runs.lines("ran").length + 4);
  await exchange("web-2");
  await areNow({ "web-1": nextVersion, "web-2": nextVersion });
  await runs.written("ran", runs.lines("ran").length + 4);
  await working.end();
}, 90_000);
