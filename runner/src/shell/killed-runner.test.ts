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

function start(): void {
  const env = {
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
test("what a runner that was killed was running is gone before the next one takes work, and is not run again", {
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
  const [sessions, syncs] = [gateway.of("POST /session").length, gateway.of("POST /sync").length];
  start();
  await gateway.until(() => gateway.of("POST /session").length > sessions);
  expect(pids.filter(runs)).toEqual([]);
  // The poll of the process that was killed is still parked at this gateway.
  await gateway.until(() => gateway.of("POST /sync").length > syncs);
  const next = { ...aCommand({ work: { is: "command", text: "echo fine" } }), execution: "exe_2" };
  await gateway.answerSync({ jobs: [next] });
  expect(await gateway.outcomeOf("exe_2")).toMatchObject({ command: { stdout: "fine" } });
  expect(gateway.of("POST /executions/:id/start")).toHaveLength(2);
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
