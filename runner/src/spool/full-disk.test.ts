import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { aJob, FakeGateway } from "../fake-gateway.suite.ts";
import { failed, PlayedRunner } from "../played-runner.suite.ts";

const mayMount = process.platform === "linux" && process.getuid?.() === 0;
if (!mayMount) console.warn("SKIPPED: a full disk is not tested, for only root may mount a small one");

const line = (d: string) => ({ t: 1, s: "stdout" as const, d });
const noise = () => Buffer.from(crypto.getRandomValues(new Uint8Array(15_000))).toString("base64");

let gateway: FakeGateway;
let runner: PlayedRunner;
beforeEach(async () => {
  gateway = await FakeGateway.start();
  runner = new PlayedRunner();
});
afterEach(async () => {
  await leave();
  await runner.stop();
  await gateway.close();
});

/** The gateway takes everything again, and the runner ends. */
async function leave(): Promise<void> {
  for (const call of ["POST /complete", "POST /executions/:id/logs"]) gateway.on(call, usual);
  runner.agent?.drain();
  await runner.ended;
}

const away = () => gateway.problem(503, "unavailable");
const usual = ({ json, headers }: { json: { outcomes: object[] } | null; headers: object }) =>
  json === null
    ? { status: 202, body: { ackSeq: Number(Object(headers)["pulse-last-seq"]), nextFlushMs: 20 } }
    : { body: { results: json.outcomes.map((one) => ({ ...one, result: "ok" })), jobs: [] } };

/** All lines of the log that the gateway took, those in the completion too. */
function taken(): string[] {
  const parts = gateway.of("POST /executions/:id/logs").map(({ bytes, headers }) => ({
    first: Number(headers["pulse-first-seq"]),
    gzip: bytes,
  }));
  for (const { json } of gateway.of("POST /complete")) {
    for (const { logs } of json.outcomes) {
      if (logs) parts.push({ first: logs.firstSeq, gzip: Buffer.from(logs.gzip, "base64") });
    }
  }
  const once = new Map(parts.map(({ first, gzip }) => [first, gzip]));
  const inOrder = [...once].sort(([a], [b]) => a - b).map(([, gzip]) => gunzipSync(gzip).toString());
  const rows = inOrder.join("").trimEnd().split("\n");
  expect(rows.every((row, at) => JSON.parse(row).seq === at + 1)).toBe(true);
  return rows.map((row) => JSON.parse(row).d);
}

async function logALot(): Promise<void> {
  gateway.on("POST /complete", away);
  gateway.on("POST /executions/:id/logs", away);
  runner.play = async (_job, link) => {
    for (let at = 0; at < 400; at++) {
      link.log(line(`${at} ${noise()}`));
      if (at % 8 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return failed("worth keeping");
  };
}

async function recovers(): Promise<void> {
  for (const call of ["POST /complete", "POST /executions/:id/logs"]) gateway.on(call, usual);
  await gateway.until(() => gateway.of("POST /sync").at(-1)?.json.state === "active");
  expect(runner.said.join("\n")).toContain("the spool has room again");
  const { logs, error } = await gateway.outcomeOf("exe_1");
  expect(error?.message).toBe("worth keeping");
  await vi.waitFor(() => expect(readdirSync(join(runner.stateDir, "spool", "logs"))).toEqual([]), 10_000);
  const lines = taken();
  expect(lines).toHaveLength(logs.lastSeq);
  const marker = lines.findIndex((text) => text.includes("were not kept"));
  expect(marker).toBeGreaterThan(0);
  const lost = Number(/\d+/.exec(lines[marker] ?? "")?.[0]);
  const kept = lines.filter((text) => /^\d+ \S+$/.test(text));
  // 400 lines of 20,000 bytes of text, a number, a space and their end: what is there and what is said to be missing add up.
  const all = 400 * (20_000 + 2) + (10 + 90 * 2 + 300 * 3);
  expect(kept.reduce((sum, text) => sum + text.length + 1, 0) + lost).toBe(all);
}

const bigLog = () => {
  const { spec } = aJob("exe_1");
  return aJob("exe_1", { spec: { ...spec, settings: { logs: { max: 250 * 2 ** 20 } } } as never });
};

describe("a spool at its limit", { timeout: 60_000 }, () => {
  test("logs are left out with a marker, outcomes are kept, no work is taken until there is room", async () => {
    await logALot();
    await runner.start(gateway, { PULSE_SPOOL_MB: "4" });
    await gateway.answerSync({ jobs: [bigLog()] });
    await gateway.until(() => gateway.of("POST /sync").some(({ json }) => json.state === "maintenance"));
    expect(gateway.of("POST /sync").at(-1)?.json).toMatchObject({ state: "maintenance", free: 0 });
    await vi.waitFor(() => expect(runner.said.join("\n")).toContain("its limit of 4 MiB"));
    await recovers();
  });
});

describe.runIf(mayMount)("a full disk", { timeout: 60_000 }, () => {
  const mounted = () => join(runner.stateDir, "spool");
  beforeEach(() => {
    mkdirSync(mounted());
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=6m,mode=700", "tmpfs", mounted()]);
  });
  afterEach(async () => {
    await leave();
    execFileSync("umount", ["-l", mounted()]);
  });

  test("an outcome fits into the reserve, and the runner recovers by itself when there is room", async () => {
    await logALot();
    await runner.start(gateway, { PULSE_SPOOL_MB: "12" });
    writeFileSync(join(mounted(), "ballast"), Buffer.alloc(2 * 2 ** 20));
    await gateway.answerSync({ jobs: [bigLog()] });
    await gateway.until(() => gateway.of("POST /sync").at(-1)?.json.state === "maintenance");
    const journals = () => readdirSync(mounted()).filter((name) => name.endsWith(".journal"));
    await vi.waitFor(() => expect(journals()).toHaveLength(1), 5000);
    rmSync(join(mounted(), "ballast"));
    await recovers();
  });
});
