import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeGateway } from "../fake-gateway.suite.ts";
import { aCommand, runs } from "./played-command.suite.ts";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));
let gateway: FakeGateway;
let folder: string;
let runner: ChildProcess | null = null;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "pulse-killed-"));
  gateway = await FakeGateway.start();
});
afterEach(async () => {
  if (runner !== null) await end("SIGKILL");
  await gateway.close();
  rmSync(folder, { recursive: true, force: true });
});

function start(more: Record<string, string> = {}): void {
  const env = {
    ...more,
    PATH: process.env.PATH,
    PULSE_GATEWAY: gateway.url,
    PULSE_ENROLMENT_TOKEN: "pet_test",
    PULSE_RUNNER_NAME: "one",
    PULSE_STATE_DIR: folder,
    PULSE_SANDBOX: "process",
    PULSE_COMMANDS: "allow",
  };
  runner = spawn(process.execPath, [main], { env, stdio: "ignore" });
}
async function end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  const gone = runner?.exitCode === null ? once(runner, "exit") : null;
  runner?.kill(signal);
  await gone;
  runner = null;
}
const shipped = () =>
  gateway
    .of("POST /executions/:id/logs")
    .map(({ bytes }) => gunzipSync(bytes).toString())
    .join("");
/** The numbers of processes that the command told. */
const told = () => [...shipped().matchAll(/"d":"(\d+)"/g)].map(([, pid]) => Number(pid));
/** The gateway says this of what a process that starts has in flight. */
const answerSessions = (action: "continue" | "forget") => {
  gateway.on("POST /session", ({ json }) => ({
    body: {
      ...{ epoch: 7, name: "one", config: gateway.config },
      reconcile: json.inFlight.map((one: object) => ({ ...one, action })),
    },
  }));
};

test("a command that the gateway gave up while its runner was away is gone before the next one takes work", {
  timeout: 60_000,
}, async () => {
  start();
  const text =
    "echo $$; (setsid sh -c 'trap \"\" PIPE; echo $$; sleep 300 & echo $!; wait' &); exec sleep 300";
  const job = { ...aCommand({ work: { is: "command", text } }), execution: "exe_1" };
  await gateway.answerSync({ jobs: [job] });
  await gateway.until(() => told().length === 3);
  const pids = told();
  expect(pids.every(runs)).toBe(true);
  await end("SIGKILL");
  expect(pids.every(runs)).toBe(true);
  answerSessions("forget");
  const syncs = gateway.of("POST /sync").length;
  start();
  // The poll of the process that was killed is still parked at this gateway.
  await gateway.until(() => gateway.of("POST /sync").length > syncs);
  expect(pids.filter(runs)).toEqual([]);
  const next = { ...aCommand({ work: { is: "command", text: "echo fine" } }), execution: "exe_2" };
  await gateway.answerSync({ jobs: [next] });
  expect(await gateway.outcomeOf("exe_2")).toMatchObject({ command: { stdout: "fine" } });
  expect(gateway.of("POST /executions/:id/start")).toHaveLength(2);
});

/** Says a first line, waits for a file, and says more than a pipe holds. */
const waiting =
  "echo first; echo $$; while ! test -e go; do sleep 0.05; done; seq 1 20000; echo no >&2; exit 3";

test("a command whose runner was killed goes on, and the next process reports its lines and how it ended", {
  timeout: 60_000,
}, async () => {
  start();
  const job = { ...aCommand({ cwd: folder, work: { is: "command", text: waiting } }), execution: "exe_1" };
  await gateway.answerSync({ jobs: [job] });
  await gateway.until(() => told().length === 1);
  const [pid] = told();
  await end("SIGKILL");
  answerSessions("continue");
  // It speaks while nobody listens, until its pipe is full.
  writeFileSync(join(folder, "go"), "");
  start();
  const outcome = await gateway.outcomeOf("exe_1");
  expect(outcome).toMatchObject({
    ...{ status: "failed", reason: "function_error", error: { message: "exited with code 3" } },
    command: { exitCode: 3, signal: null, stderr: "no" },
  });
  expect(outcome.command?.stdout.endsWith("19999\n20000")).toBe(true);
  // What the first one has sent already may come twice, under the same numbers.
  const lines = new Map(
    [...shipped().matchAll(/"seq":(\d+),.*?"s":"stdout","d":"(\d+)"/g)].map(([, seq, d]) => [Number(seq), d]),
  );
  // The line with its number was among the last that the first one had, which may be missing.
  const said = [...lines.values()];
  expect(said[0] === String(pid) ? said.slice(1) : said).toEqual(
    Array.from({ length: 20_000 }, (_, i) => String(i + 1)),
  );
  expect(gateway.of("POST /session").at(-1)?.json.inFlight).toEqual([
    { execution: "exe_1", fence: 1, state: "running" },
  ]);
  expect(gateway.of("POST /executions/:id/start")).toHaveLength(1);
});

test("one that ended while no runner was there is reported by the next, with what it said", {
  timeout: 60_000,
}, async () => {
  start();
  const text = "echo first; echo $$; while ! test -e go; do sleep 0.05; done; echo last; touch over";
  const job = { ...aCommand({ cwd: folder, work: { is: "command", text } }), execution: "exe_1" };
  await gateway.answerSync({ jobs: [job] });
  await gateway.until(() => told().length === 1);
  const [pid = 0] = told();
  await end("SIGKILL");
  answerSessions("continue");
  writeFileSync(join(folder, "go"), "");
  while (runs(pid)) await new Promise(setImmediate);
  start();
  const { status, command } = await gateway.outcomeOf("exe_1");
  expect([status, command?.stdout]).toEqual(["succeeded", `first\n${pid}\nlast`]);
});

test("a command that stops its own runner is left to the next process, which reports it", {
  timeout: 60_000,
}, async () => {
  start({ PULSE_DRAIN_SECONDS: "1" });
  const text = `kill -TERM ${runner?.pid}; while kill -0 ${runner?.pid} 2>/dev/null; do sleep 0.05; done; echo it is gone`;
  const job = { ...aCommand({ work: { is: "command", text } }), execution: "exe_1" };
  const gone = runner === null ? null : once(runner, "exit");
  await gateway.answerSync({ jobs: [job] });
  await gone;
  expect(gateway.of("DELETE /session")).toEqual([]);
  answerSessions("continue");
  start();
  const { status, command } = await gateway.outcomeOf("exe_1");
  expect([status, command?.stdout]).toEqual(["succeeded", "it is gone"]);
});

test("a runner that is told to leave waits for its commands", { timeout: 60_000 }, async () => {
  start();
  const text = "echo $$; trap 'echo not me' TERM; while ! test -e go; do sleep 0.05; done; echo done";
  const job = { ...aCommand({ cwd: folder, work: { is: "command", text } }), execution: "exe_1" };
  await gateway.answerSync({ jobs: [job] });
  await gateway.until(() => told().length === 1);
  const leaving = end("SIGTERM");
  await gateway.until(() => gateway.of("POST /sync").some(({ json }) => json.state === "draining"));
  writeFileSync(join(folder, "go"), "");
  expect(await gateway.outcomeOf("exe_1")).toMatchObject({ status: "succeeded" });
  await leaving;
  expect(shipped()).not.toContain("not me");
});
