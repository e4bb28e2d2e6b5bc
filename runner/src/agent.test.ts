import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ProblemError } from "@pulse/schema/problem";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { aJob, FakeGateway } from "./fake-gateway.suite.ts";
import { aborted, ended, PlayedRunner } from "./played-runner.suite.ts";

let gateway: FakeGateway;
let runner: PlayedRunner;
beforeEach(async () => {
  gateway = await FakeGateway.start();
  runner = new PlayedRunner();
});
afterEach(async () => {
  runner.play = async () => ended();
  await runner.stop();
  await gateway.close();
});

/** Jobs run until they are stopped; tells why the first one was. */
function endless(): { reasons: unknown[]; first: Promise<unknown> } {
  const reasons: unknown[] = [];
  const first = Promise.withResolvers<unknown>();
  runner.play = async (_job, _link, signal) => {
    const reason = await aborted(signal);
    reasons.push(reason);
    first.resolve(reason);
    return ended({ status: "cancelled", reason: "cancelled" });
  };
  return { reasons, first: first.promise };
}

describe("identity", () => {
  test("it enrols once, with a proof of its key, and keeps its private keys to itself", async () => {
    await runner.start(gateway);
    await gateway.parked();
    expect(gateway.of("POST /enroll")).toHaveLength(1);
    expect(statSync(join(runner.stateDir, "identity.json")).mode & 0o777).toBe(0o600);
    runner.agent?.drain();
    await runner.ended;
    await runner.start(gateway);
    await gateway.until(() => gateway.of("POST /session").length === 2);
    expect(gateway.of("POST /enroll")).toHaveLength(1);
  });

  test("an enrolment whose answer was lost is made again with the same keys", async () => {
    gateway.once("POST /enroll", () => gateway.problem(503, "unavailable"));
    await runner.start(gateway);
    await gateway.parked();
    const [lost, again] = gateway.of("POST /enroll").map(({ json }) => json.signingKey);
    expect(again).toEqual(lost);
    expect(existsSync(join(runner.stateDir, "pending-keys.json"))).toBe(false);
  });

  test("keys older than 90 days are replaced, signed by the old ones; a lost answer costs nothing", async () => {
    await runner.start(gateway);
    await gateway.parked();
    runner.agent?.drain();
    await runner.ended;
    const path = join(runner.stateDir, "identity.json");
    const before = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify({ ...before, keysMadeAt: Date.now() - 91 * 24 * 3_600_000 }));
    gateway.once("POST /keys", () => gateway.problem(503, "unavailable"));
    await runner.start(gateway);
    await gateway.until(() => gateway.of("POST /keys").length === 1);
    runner.agent?.drain();
    await runner.ended;
    await runner.start(gateway);
    await gateway.until(() => gateway.of("POST /keys").length === 2);
    const [lost, again] = gateway.of("POST /keys").map(({ json }) => json.signingKey);
    expect(again).toEqual(lost);
    await vi.waitFor(() => {
      const after = JSON.parse(readFileSync(path, "utf8"));
      expect([after.signingKey.x, after.runner]).toEqual([again.x, before.runner]);
    });
  });

  test("with a clock that is off it signs again by the gateway's", async () => {
    const serverTimeMs = Date.now() + 3_600_000;
    gateway.on("POST /token", () => ({ body: { accessToken: "late", expiresInMs: 900_000, serverTimeMs } }));
    gateway.once("POST /token", () => gateway.problem(401, "clock_skew", { serverTimeMs }));
    await runner.start(gateway);
    await gateway.parked();
    const [first, second] = gateway
      .of("POST /token")
      .map(({ json }) => JSON.parse(atob(json.assertion.split(".")[1] ?? "")).iat as number);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(3500);
  });

  test("an access token that expired is replaced and the call made again", async () => {
    gateway.once("POST /session", () => gateway.problem(401, "expired_credential"));
    await runner.start(gateway);
    await gateway.parked();
    const sent = gateway.of("POST /session").map(({ headers }) => headers.authorization);
    expect(sent).toEqual(["Bearer at-1", "Bearer at-2"]);
  });

  test("a page of something between us is not taken for the gateway's refusal", async () => {
    const page = {
      status: 403,
      body: "<html>captive portal</html>",
      headers: { "content-type": "text/html" },
    };
    gateway.once("POST /session", () => page);
    await runner.start(gateway);
    await gateway.parked();
    expect(gateway.of("POST /session")).toHaveLength(2);
  });

  test("a newer session of the same runner ends it", async () => {
    await runner.start(gateway);
    await gateway.parked();
    gateway.on("POST /sync", () => gateway.problem(409, "session_superseded"));
    runner.nowWarm("ver_1");
    const end = await runner.ended;
    expect(end instanceof ProblemError && end.code).toBe("session_superseded");
  });
});

describe("the sync", () => {
  test("news is told by a newer sync; a job in the older one's answer is not lost", async () => {
    await runner.start(gateway);
    const first = await gateway.parked();
    gateway.once("POST /sync", async () => {
      await gateway.answerSync({ jobs: [aJob("exe_late")] });
      return { body: { serverTimeMs: 0, jobs: [], cancel: [], commands: [] } };
    });
    runner.nowWarm("ver_9");
    await gateway.outcomeOf("exe_late");
    const syncs = gateway.of("POST /sync").map(({ json }) => json);
    expect(syncs.map(({ n }) => n)).toEqual(syncs.map((_, at) => first.n + at));
    expect(syncs[1]?.warm).toEqual(["ver_9"]);
  });

  test("a job is named by the sync that follows at once, before it has ended", async () => {
    const { reasons } = endless();
    await runner.start(gateway);
    await gateway.answerSync({ jobs: [aJob("exe_1", { fence: 3 })] });
    const next = await gateway.parked();
    expect(next.running).toEqual([{ execution: "exe_1", fence: 3 }]);
    expect(next.free).toBe(3);
    await gateway.answerSync({ cancel: [{ execution: "exe_1", fence: 3, graceMs: 10_000 }] });
    expect((await gateway.outcomeOf("exe_1")).status).toBe("cancelled");
    expect(reasons).toEqual(["cancelled"]);
  });

  test("the same hand-out twice runs once; a cancel for another fence stops nothing", async () => {
    const { reasons } = endless();
    await runner.start(gateway);
    await gateway.answerSync({ jobs: [aJob("exe_1", { fence: 2 }), aJob("exe_1", { fence: 2 })] });
    await gateway.answerSync({ cancel: [{ execution: "exe_1", fence: 1, graceMs: 0 }] });
    await gateway.parked();
    expect(runner.ran).toHaveLength(1);
    expect(reasons).toEqual([]);
    await gateway.answerSync({
      cancel: [{ execution: "exe_1", fence: 2, graceMs: 0, reason: "disconnected" }],
    });
    await gateway.outcomeOf("exe_1");
    expect(reasons).toEqual(["disconnected"]);
  });

  test("drain and resume are commands; the sync stays parked meanwhile", async () => {
    await runner.start(gateway);
    await gateway.answerSync({ commands: [{ id: "c1", type: "drain" }] });
    expect(await gateway.parked()).toMatchObject({ state: "draining", free: 0 });
    await gateway.answerSync({ commands: [{ id: "c2", type: "resume" }] });
    expect(await gateway.parked()).toMatchObject({ state: "active", free: 4 });
  });

  test("a gateway that goes away and comes back finds it again", async () => {
    await runner.start(gateway);
    await gateway.parked();
    await gateway.close();
    await gateway.open();
    await gateway.parked();
    expect(gateway.of("POST /session")).toHaveLength(1);
    expect(runner.said.join()).toContain("does not answer");
  });
});

describe("leases", () => {
  test("what a renewal calls fenced is stopped and settles nothing", async () => {
    const { first } = endless();
    await runner.start(gateway);
    gateway.on("POST /renew", ({ json }) => ({
      body: { leases: json.running.map((one: object) => ({ ...one, status: "fenced" })) },
    }));
    await gateway.answerSync({ jobs: [aJob("exe_1")] });
    expect(await first).toBe("fenced");
    await gateway.until(
      () => gateway.of("POST /sync").at(-1)?.json.running.length === 0 || runner.nowWarm("v"),
    );
    expect(gateway.of("POST /complete")).toHaveLength(0);
  });

  test("what a renewal calls cancelled is stopped and says so", async () => {
    endless();
    await runner.start(gateway);
    gateway.on("POST /renew", ({ json }) => ({
      body: { leases: json.running.map((one: object) => ({ ...one, status: "cancel" })) },
    }));
    await gateway.answerSync({ jobs: [aJob("exe_1")] });
    expect((await gateway.outcomeOf("exe_1")).status).toBe("cancelled");
  });

  test("what comes with an answer that is older than a lease is not begun, nor told as held", async () => {
    gateway.config = { ...gateway.config, selfFenceMs: 0 };
    await runner.start(gateway);
    await gateway.answerSync({ jobs: [aJob("exe_1")] });
    expect(await gateway.parked()).toMatchObject({ running: [] });
    expect(runner.ran).toEqual([]);
  });

  test("without an answer it stops at-least-once work itself, and at-most-once work never", async () => {
    gateway.config = { ...gateway.config, selfFenceMs: 2000 };
    const stopped: string[] = [];
    const first = Promise.withResolvers<void>();
    runner.play = async (job, _link, signal) => {
      const reason = await aborted(signal);
      stopped.push(`${job.execution} ${reason}`);
      first.resolve();
      return ended({ status: "cancelled", reason: "cancelled" });
    };
    await runner.start(gateway);
    gateway.on("POST /renew", () => gateway.problem(503, "unavailable"));
    await gateway.answerSync({ jobs: [aJob("exe_1"), aJob("exe_2", { delivery: "atMostOnce" })] });
    await first.promise;
    expect(stopped).toEqual(["exe_1 fenced"]);
    expect(gateway.of("POST /complete")).toHaveLength(0);
    await gateway.answerSync({ cancel: [{ execution: "exe_2", fence: 1, graceMs: 0 }] });
    await gateway.outcomeOf("exe_2");
  });

  test("a renewal without an answer is given up after 4 s and made over a fresh connection", async () => {
    endless();
    await runner.start(gateway);
    gateway.once("POST /renew", () => null);
    await gateway.answerSync({ jobs: [aJob("exe_1")] });
    const [hung, next] = await gateway.until(
      () => gateway.of("POST /renew").length > 1 && gateway.of("POST /renew"),
    );
    expect(hung?.socket).not.toBe(next?.socket);
    const other = gateway.of("POST /sync").map(({ socket }) => socket);
    expect(other).not.toContain(next?.socket);
    await gateway.answerSync({ cancel: [{ execution: "exe_1", fence: 1, graceMs: 0 }] });
    await gateway.outcomeOf("exe_1");
  });
});

describe("leaving", () => {
  test("what runs is finished, its outcome delivered, the session ended", async () => {
    const gate = Promise.withResolvers<void>();
    runner.play = async () => {
      await gate.promise;
      return ended();
    };
    await runner.start(gateway);
    await gateway.answerSync({ jobs: [aJob("exe_1")] });
    await gateway.parked();
    runner.agent?.drain();
    await gateway.until(() => gateway.of("POST /sync").at(-1)?.json.state === "draining");
    gate.resolve();
    expect(await runner.ended).toBeUndefined();
    expect((await gateway.outcomeOf("exe_1")).status).toBe("succeeded");
    expect(gateway.of("DELETE /session")).toHaveLength(1);
  });

  test("a job that comes meanwhile is given back unstarted", async () => {
    const gate = Promise.withResolvers<void>();
    runner.play = async () => {
      await gate.promise;
      return ended();
    };
    await runner.start(gateway);
    await gateway.answerSync({ jobs: [aJob("exe_1")] });
    await gateway.parked();
    runner.agent?.drain();
    await gateway.answerSync({ jobs: [aJob("exe_2")] });
    const { json, path, headers } = await gateway.until(() => gateway.of("POST /executions/:id/release")[0]);
    expect(path).toBe("/executions/exe_2/release");
    expect(json).toEqual({ reason: "drained", started: false });
    expect(headers["pulse-fence"]).toBe("1");
    expect(runner.ran.map(({ execution }) => execution)).toEqual(["exe_1"]);
    gate.resolve();
    expect(await runner.ended).toBeUndefined();
  });

  test("what runs for longer is stopped and given back as begun", async () => {
    const { reasons } = endless();
    await runner.start(gateway, { PULSE_DRAIN_SECONDS: "0.2" });
    await gateway.answerSync({ jobs: [aJob("exe_1", { fence: 2 })] });
    await gateway.parked();
    runner.agent?.drain();
    const { json, headers } = await gateway.until(() => gateway.of("POST /executions/:id/release")[0]);
    expect(json).toEqual({ reason: "drained", started: true });
    expect(headers["pulse-fence"]).toBe("2");
    expect(reasons).toEqual(["fenced"]);
    expect(await runner.ended).toBeUndefined();
    expect(gateway.of("POST /complete")).toHaveLength(0);
  });

  test("what does not stop at once is given back when it has stopped, and held until then", async () => {
    const stopped = Promise.withResolvers<void>();
    const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>();
    runner.play = async (_job, _link, signal) => {
      await aborted(signal);
      onAsked();
      await stopped.promise;
      return ended({ status: "cancelled", reason: "cancelled" });
    };
    await runner.start(gateway, { PULSE_DRAIN_SECONDS: "0.2" });
    await gateway.answerSync({ jobs: [aJob("exe_slow")] });
    await gateway.parked();
    runner.agent?.drain();
    await asked;
    const { running } = await gateway.parked();
    expect(running).toEqual([{ execution: "exe_slow", fence: 1 }]);
    expect(gateway.of("POST /executions/:id/release")).toHaveLength(0);
    stopped.resolve();
    await gateway.until(() => gateway.of("POST /executions/:id/release")[0]);
    expect(await runner.ended).toBeUndefined();
  });

  test("an outcome that the gateway did not take stays on the disk, and is not given back", async () => {
    gateway.on("POST /complete", () => gateway.problem(503, "unavailable"));
    await runner.start(gateway, { PULSE_DRAIN_SECONDS: "0.2" });
    await gateway.answerSync({ jobs: [aJob("exe_kept")] });
    await gateway.until(() => gateway.of("POST /complete").length > 0);
    runner.agent?.drain();
    expect(await runner.ended).toBeUndefined();
    expect(gateway.of("POST /executions/:id/release")).toHaveLength(0);
    const spool = join(runner.stateDir, "spool");
    const journal = readdirSync(spool).find((name) => name.endsWith(".journal"));
    expect(readFileSync(join(spool, journal ?? ""), "utf8")).toContain("exe_kept");
  });
});
