import { cpSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { CompactEncrypt, importJWK } from "jose";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { aJob, FakeGateway, type Seen } from "../fake-gateway.suite.ts";
import { ended, failed, PlayedRunner } from "../played-runner.suite.ts";

let gateway: FakeGateway;
let first: PlayedRunner;
let second: PlayedRunner;
beforeEach(async () => {
  gateway = await FakeGateway.start();
  first = new PlayedRunner();
  second = new PlayedRunner();
});
afterEach(async () => {
  gateway.on("POST /complete", ({ json }) => settledAll(json.outcomes));
  first.play = async () => ended();
  await first.stop();
  await second.stop();
  await gateway.close();
});

const settledAll = (outcomes: object[]) => ({
  body: { results: outcomes.map((one) => ({ ...one, result: "ok" })), jobs: [] },
});
const line = (d: string) => ({ t: 1, s: "stdout" as const, d });
const away = () => gateway.problem(503, "unavailable");
const uploads = () => gateway.of("POST /executions/:id/logs");
const completions = () => gateway.of("POST /complete").flatMap(({ json }) => json.outcomes);
const textOf = ({ bytes }: Seen) => gunzipSync(bytes).toString();

/** Everything that is on the disk below a folder. */
function bytesBelow(folder: string): Buffer {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const paths = names.map((name) => join(folder, name)).filter((path) => statSync(path).isFile());
  return Buffer.concat(paths.filter((path) => !path.endsWith("reserve")).map((path) => readFileSync(path)));
}
const spoolOf = (runner: PlayedRunner) => bytesBelow(join(runner.stateDir, "spool"));

/** The first process is killed now: what is on its disk is what a second one finds. */
async function restart(action: "report" | "continue" | "forget" | "stop") {
  cpSync(first.stateDir, second.stateDir, { recursive: true });
  const before = { completions: completions().length, uploads: uploads().length };
  gateway.on("POST /session", ({ json }) => ({
    body: {
      ...{ epoch: 8, name: "one", config: gateway.config },
      reconcile: json.inFlight.map((one: object) => ({ ...one, action })),
    },
  }));
  return before;
}

/** A job of the first runner ends while the gateway takes nothing; resolves when its outcome is on the disk. */
async function finishUndelivered(lines: string[]): Promise<void> {
  gateway.on("POST /complete", away);
  gateway.on("POST /executions/:id/logs", away);
  first.play = async (_job, link) => {
    for (const one of lines) link.log(line(one));
    return failed("kept answer");
  };
  await first.start(gateway);
  await gateway.answerSync({ jobs: [aJob("exe_1", { fence: 4, secrets: null })] });
  await vi.waitFor(() => expect(spoolOf(first).includes("kept answer")).toBe(true), 15_000);
}

describe("a runner that was killed", { timeout: 60_000 }, () => {
  test("delivers the outcome that it finished, once, under the same fence, and its log byte for byte", async () => {
    const lines = Array.from({ length: 30 }, (_, at) => `${at} ${"x".repeat(20_000)}`);
    await finishUndelivered(lines);
    await gateway.until(() => uploads().length > 0);
    const tried = uploads()[0]?.bytes;
    const before = await restart("report");
    let missing = true;
    gateway.on("POST /executions/:id/logs", ({ headers }) => ({
      status: 202,
      body: { ackSeq: Number(headers["pulse-last-seq"]), nextFlushMs: 20 },
    }));
    gateway.on("POST /complete", ({ json, headers }) => {
      if (headers["pulse-epoch"] !== "8") return away();
      if (!missing) return settledAll(json.outcomes);
      missing = false;
      return {
        body: { results: [{ ...json.outcomes[0], result: "logs_missing", expectedSeq: 1 }], jobs: [] },
      };
    });
    await second.start(gateway);
    const sent = await gateway.until(() => {
      const mine = gateway.of("POST /complete").filter(({ headers }) => headers["pulse-epoch"] === "8");
      return mine.length === 2 && mine.at(-1)?.json.outcomes;
    });
    expect(sent).toMatchObject([{ execution: "exe_1", fence: 4, outcome: { logs: { lastSeq: 30 } } }]);
    expect(sent[0].outcome.error.message).toBe("kept answer");
    const resent = uploads()
      .slice(before.uploads)
      .filter(({ headers }) => headers["pulse-epoch"] === "8");
    expect(resent[0]?.bytes.equals(tried ?? Buffer.alloc(0))).toBe(true);
    const seen = resent.map(textOf).join("").trimEnd().split("\n");
    expect(seen.map((text) => JSON.parse(text).d).join() === lines.join()).toBe(true);
    const [session] = gateway.of("POST /session").slice(-1);
    expect(session?.json.inFlight).toEqual([{ execution: "exe_1", fence: 4, state: "finished" }]);
    await vi.waitFor(() => expect(spoolOf(second)).toHaveLength(0));
  });

  test("lists what it has to deliver in its syncs until that is settled", async () => {
    await finishUndelivered(["one line"]);
    await restart("report");
    await second.start(gateway);
    await vi.waitFor(async () =>
      expect((await gateway.parked()).running).toEqual([{ execution: "exe_1", fence: 4 }]),
    );
    gateway.on("POST /complete", ({ json }) => settledAll(json.outcomes));
    await vi.waitFor(() => expect(spoolOf(second)).toHaveLength(0), 15_000);
  });

  test.each(["forget", "stop"] as const)(
    "drops what the gateway does not want (%s), with a line",
    async (action) => {
      await finishUndelivered(["one line"]);
      await restart(action);
      await second.start(gateway);
      await vi.waitFor(() => expect(spoolOf(second)).toHaveLength(0));
      expect(second.said.join("\n")).toContain("1 executions from before this start are dropped");
      const later = gateway.of("POST /complete").filter(({ headers }) => headers["pulse-epoch"] === "8");
      expect(later).toHaveLength(0);
    },
  );

  test("sends the last lines of what it ran, and gives it back at once", async () => {
    const gate = Promise.withResolvers<void>();
    gateway.on("POST /executions/:id/logs", away);
    first.play = async (_job, link) => {
      for (let at = 0; at < 15; at++) link.log(line(String(at).repeat(20_000)));
      await gate.promise;
      return ended();
    };
    await first.start(gateway);
    await gateway.answerSync({ jobs: [aJob("exe_1", { fence: 2 })] });
    const kept = () => readdirSync(join(first.stateDir, "spool", "logs"));
    await vi.waitFor(() => expect(kept()).toEqual(["exe_1.2.log"]), 15_000);
    await vi.waitFor(() => expect(spoolOf(first).length).toBeGreaterThan(100), 15_000);
    await restart("continue");
    gateway.on("POST /executions/:id/logs", ({ headers }) => ({
      status: 202,
      body: { ackSeq: Number(headers["pulse-last-seq"]), nextFlushMs: 20 },
    }));
    await second.start(gateway);
    const given = await gateway.until(() => gateway.of("POST /executions/:id/release")[0]);
    expect(given.json).toMatchObject({ reason: "infrastructure", started: true });
    expect(given.headers["pulse-fence"]).toBe("2");
    const sent = uploads().filter(({ headers }) => headers["pulse-epoch"] === "8");
    expect(sent[0] === undefined ? "" : JSON.parse(textOf(sent[0]).split("\n")[0] ?? "").seq).toBe(1);
    await vi.waitFor(() => expect(spoolOf(second)).toHaveLength(0));
    gate.resolve();
  });

  test("finds nothing where everything was delivered", async () => {
    await first.start(gateway);
    await gateway.answerSync({ jobs: [aJob("exe_1"), aJob("exe_2")] });
    await gateway.outcomeOf("exe_2");
    first.agent?.drain();
    await first.ended;
    expect(spoolOf(first)).toHaveLength(0);
  });

  test("keeps no secret: not of the job, not of the gateway", async () => {
    const canary = "canary-4f7a";
    gateway.on("POST /complete", away);
    let opened: unknown;
    first.play = async (_job, link) => {
      opened = await link.secrets();
      link.log(line("worked"));
      return ended();
    };
    await first.start(gateway);
    const sealingKey = gateway.of("POST /enroll")[0]?.json.sealingKey;
    const secrets = await new CompactEncrypt(Buffer.from(JSON.stringify({ TOKEN: canary })))
      .setProtectedHeader({ alg: "ECDH-ES", enc: "A256GCM" })
      .encrypt(await importJWK(sealingKey, "ECDH-ES"));
    await gateway.answerSync({ jobs: [aJob("exe_1", { secrets })] });
    await vi.waitFor(() => expect(spoolOf(first).includes("exe_1")).toBe(true), 15_000);
    expect(opened).toEqual({ TOKEN: canary });
    expect(spoolOf(first).includes(canary)).toBe(false);
    expect(spoolOf(first).includes("at-1")).toBe(false);
  });
});
