import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FakeGateway } from "../fake-gateway.suite.ts";
import { KilledRunner } from "./killed-runner.suite.ts";
import { aCommand, runs } from "./played-command.suite.ts";

let gateway: FakeGateway;
let folder: string;
let runner: KilledRunner;
beforeEach(async () => {
  runner = await KilledRunner.make();
  ({ gateway, folder } = runner);
});
afterEach(() => runner.close("SIGKILL"));

const start = (more: Record<string, string> = {}) => runner.start({ ...more, PULSE_SANDBOX: "process" });
/** The numbers of processes that the command told. */
const told = () => [...gateway.shipped().matchAll(/"d":"(\d+)"/g)].map(([, pid]) => Number(pid));

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
  await runner.end("SIGKILL");
  expect(pids.every(runs)).toBe(true);
  runner.answerSessions("forget");
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
  await runner.end("SIGKILL");
  runner.answerSessions("continue");
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
    [...gateway.shipped().matchAll(/"seq":(\d+),.*?"s":"stdout","d":"(\d+)"/g)].map(([, seq, d]) => [
      Number(seq),
      d,
    ]),
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
  await runner.end("SIGKILL");
  runner.answerSessions("continue");
  writeFileSync(join(folder, "go"), "");
  while (runs(pid)) await new Promise(setImmediate);
  start();
  const { status, command } = await gateway.outcomeOf("exe_1");
  expect(status).toBe("succeeded");
  // The lines of the last half second before the kill may be missing.
  expect(["last", `${pid}\nlast`, `first\n${pid}\nlast`]).toContain(command?.stdout);
});

test("a command that stops its own runner is left to the next process, which reports it", {
  timeout: 60_000,
}, async () => {
  start({ PULSE_DRAIN_SECONDS: "1" });
  const text = `kill -TERM ${runner.process?.pid}; while kill -0 ${runner.process?.pid} 2>/dev/null; do sleep 0.05; done; echo it is gone`;
  const job = { ...aCommand({ work: { is: "command", text } }), execution: "exe_1" };
  const gone = runner.process === null ? null : once(runner.process, "exit");
  await gateway.answerSync({ jobs: [job] });
  await gone;
  expect(gateway.of("DELETE /session")).toEqual([]);
  runner.answerSessions("continue");
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
  const leaving = runner.end("SIGTERM");
  await gateway.until(() => gateway.of("POST /sync").some(({ json }) => json.state === "draining"));
  writeFileSync(join(folder, "go"), "");
  expect(await gateway.outcomeOf("exe_1")).toMatchObject({ status: "succeeded" });
  await leaving;
  expect(gateway.shipped()).not.toContain("not me");
});
