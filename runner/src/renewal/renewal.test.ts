import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { aJob, FakeGateway } from "../fake-gateway.suite.ts";

const entry = fileURLToPath(new URL("./busy-runner.suite.ts", import.meta.url));
let gateway: FakeGateway;
let stateDir: string;
let child: ChildProcess | null;
let output: string;
beforeEach(async () => {
  gateway = await FakeGateway.start();
  stateDir = mkdtempSync(join(tmpdir(), "pulse-renewal-"));
  output = "";
});
afterEach(async () => {
  child?.kill("SIGCONT");
  child?.kill("SIGKILL");
  await gateway.close();
  rmSync(stateDir, { recursive: true, force: true });
});

/** A runner process whose every job does this. */
function start(job: string, env: Record<string, string> = {}): void {
  const given = {
    ...{ PATH: process.env.PATH, PULSE_GATEWAY: gateway.url, PULSE_ENROLMENT_TOKEN: "pet_test" },
    ...{ PULSE_RUNNER_NAME: "one", PULSE_STATE_DIR: stateDir, PULSE_TEST_JOB: job, ...env },
  };
  child = spawn(process.execPath, [entry], { env: given, stdio: ["ignore", "pipe", "pipe"] });
  const keep = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
}

const says = (text: string, mostMs = 45_000) =>
  vi.waitFor(() => expect(output).toContain(text), { timeout: mostMs, interval: 20 });
/** A job is handed out and renewed; then it is told to do what it does. */
async function begin(change: Parameters<typeof aJob>[1]): Promise<void> {
  await gateway.answerSync({ jobs: [aJob("exe_1", change)] });
  await gateway.until(() => renewals().length > 1);
  child?.kill("SIGUSR2");
  await says("told");
}
const renewals = () => gateway.of("POST /renew");

// Real processes, which begin slowly on a busy machine.
describe("the renewal thread", { timeout: 60_000 }, () => {
  test("renews while the main thread computes for four times as long as a lease lasts", async () => {
    gateway.config = { ...gateway.config, renewEveryMs: 100, selfFenceMs: 2500 };
    start("busy 10000");
    await begin({ fence: 3 });
    const before = renewals().length;
    await says("ended, not stopped");
    expect(renewals().length - before).toBeGreaterThan(10);
    expect(renewals().at(-1)?.json.running).toEqual([{ execution: "exe_1", fence: 3 }]);
    expect((await gateway.outcomeOf("exe_1")).status).toBe("succeeded");
    expect(output).not.toContain("no lease was renewed");
  });

  test("renews over a fresh connection when one accepts and never answers", async () => {
    gateway.config = { ...gateway.config, renewEveryMs: 100, selfFenceMs: 20_000 };
    start("late 60000");
    gateway.once("POST /renew", () => null);
    await gateway.answerSync({ jobs: [aJob("exe_1")] });
    const [hung, next] = await gateway.until(() => renewals().length > 1 && renewals());
    expect(hung?.socket).not.toBe(next?.socket);
  });

  test("has an expired access token replaced", async () => {
    gateway.config = { ...gateway.config, renewEveryMs: 50 };
    start("late 60000");
    gateway.once("POST /renew", () => gateway.problem(401, "expired_credential"));
    await gateway.answerSync({ jobs: [aJob("exe_1")] });
    const tokens = await gateway.until(() => {
      const sent = renewals().map(({ headers }) => headers.authorization);
      return sent.some((one) => one !== sent[0]) && sent;
    });
    expect(tokens[0]).toBe("Bearer at-1");
    expect(tokens.at(-1)).toBe("Bearer at-2");
  });

  test("a runner that was frozen for longer than its lease stops its work before it says anything of it", async () => {
    gateway.config = { ...gateway.config, renewEveryMs: 100, selfFenceMs: 2500 };
    start("late 300");
    await begin({ fence: 2 });
    child?.kill("SIGSTOP");
    const frozenAt = performance.now();
    await vi.waitFor(() => expect(performance.now() - frozenAt).toBeGreaterThan(3500), 10_000);
    const before = gateway.seen.length;
    child?.kill("SIGCONT");
    await says("no lease was renewed");
    await says("ended, ");
    await gateway.answerSync({});
    expect((await gateway.parked()).running).toEqual([]);
    const after = gateway.seen.slice(before);
    const said = after.filter(
      ({ path, json }) => path !== "/sync" && JSON.stringify([path, json]).includes("exe_1"),
    );
    expect(said.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
    expect(after.filter(({ path }) => path === "/complete")).toHaveLength(0);
  });

  test("ends the sandboxes itself when the lease has run out and the main thread is busy", async () => {
    gateway.config = { ...gateway.config, renewEveryMs: 100, selfFenceMs: 2500 };
    start("busy 10000", { PULSE_TEST_GROUP: "1" });
    await begin({});
    gateway.on("POST /renew", () => gateway.problem(503, "unavailable"));
    const pid = Number(/group (\d+)/.exec(output)?.[1]);
    const isGone = () => {
      try {
        process.kill(-pid, 0);
      } catch {
        return true;
      }
      // A zombie until its busy parent asks for it: its group is there, and nothing runs in it.
      return false;
    };
    await vi.waitFor(() => expect(isGone() || isZombie(pid)).toBe(true), { timeout: 10_000, interval: 50 });
    expect(output).not.toContain("ended,");
    await says("ended,");
    await says("no lease was renewed");
    expect(gateway.of("POST /complete")).toHaveLength(0);
  });
});

function isZombie(pid: number): boolean {
  const { readFileSync } = process.getBuiltinModule("node:fs");
  return /\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
}
