import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startProcess, until } from "./platforms/node.ts";
import { startWorld, type World } from "./world.ts";

/** Writes numbered lines, one every `everyMs`, then notes in a file outside that it has ended; the first attempt may hang instead. */
const chatty = {
  "index.ts": `
    import { appendFileSync } from "node:fs";
    export const handler = async (e, ctx) => {
      for (let at = 0; at < e.lines; at++) {
        console.log("line-" + at + "-" + "x".repeat(at % 50) + ";");
        if (at % 10 === 9) await new Promise((r) => setTimeout(r, e.everyMs * 10));
      }
      if (e.hang && ctx.attempt === 1) await new Promise((r) => setTimeout(r, 600_000));
      appendFileSync(e.ledger, ctx.executionId + " " + ctx.attempt + "\\n");
      return { attempt: ctx.attempt };
    };`,
};

let world: World;
let ledger: string;
beforeAll(async () => {
  world = await startWorld();
  ledger = join(world.dataDir, "ledger");
  await world.deploy("chatty", chatty, { settings: { timeout: "5m" } });
}, 180_000);
afterAll(() => world?.stop(), 60_000);

async function submit(input: object): Promise<string> {
  const init = {
    method: "POST",
    body: JSON.stringify({ ledger, ...input }),
    headers: { prefer: "respond-async" },
  };
  const response = await world.call("/f/chatty", init);
  expect(response.status).toBe(202);
  const { id } = (await response.json()) as { id: string };
  await until("it runs", async () => ((await world.execution(id)).status === "running" ? true : null));
  return id;
}

/** The function's lines in the stored log, as text. */
async function logOf(id: string): Promise<string> {
  const answer = await world.call(`/v1/executions/${id}/logs`, { headers: { accept: "text/plain" } });
  return (await answer.text()).match(/line-\d+-x*;/g)?.join("\n") ?? "";
}
const linesTo = (count: number) =>
  Array.from({ length: count }, (_, at) => `line-${at}-${"x".repeat(at % 50)};`).join("\n");

const spool = () => join(world.dataDir, "local", "spool");
const journals = () => readdirSync(spool()).filter((name) => name.endsWith(".journal"));
const isKept = (id: string) => journals().some((name) => readFileSync(join(spool(), name)).includes(id));
const hasEnded = (id: string) => existsSync(ledger) && readFileSync(ledger, "utf8").includes(id);
const soon = (what: string, look: () => boolean) => until(what, async () => (look() ? true : null));

async function restartRunner(): Promise<void> {
  world.runner = await world.startRunner("local");
}

describe("what the gateway does not have yet is on the runner's disk", () => {
  test("an outcome that was finished while the gateway hung survives the death of both, once, with its log", async () => {
    const id = await submit({ lines: 300, everyMs: 5 });
    world.gateway.child.kill("SIGSTOP");
    await soon("the function has ended", () => hasEnded(id));
    await soon("its outcome is in the spool", () => isKept(id));
    await world.runner?.kill();
    await world.crashGateway();
    await restartRunner();
    expect(await world.ended(id)).toMatchObject({
      status: "succeeded",
      attempt: 1,
      losses: 0,
      retriesUsed: 0,
    });
    expect(await logOf(id)).toBe(linesTo(300));
    expect(
      readFileSync(ledger, "utf8")
        .split("\n")
        .filter((line) => line.startsWith(id)),
    ).toHaveLength(1);
    await soon("the spool is empty", () => readdirSync(join(spool(), "logs")).length === 0 && !isKept(id));
  });

  test("a log that is written while the gateway is away is neither lost nor doubled", async () => {
    const id = await submit({ lines: 1200, everyMs: 5 });
    await world.gateway.kill();
    // The outage itself.
    await sleep(2500);
    await world.startGateway();
    expect(await world.ended(id)).toMatchObject({ status: "succeeded", attempt: 1, losses: 0 });
    expect(await logOf(id)).toBe(linesTo(1200));
  });

  test("a runner that is killed in the middle of a call has it tried again seconds after its start, and its log is not lost", async () => {
    const id = await submit({ lines: 300, everyMs: 2, hang: true });
    world.gateway.child.kill("SIGSTOP");
    const log = () => readdirSync(join(spool(), "logs")).find((name) => name.startsWith(id));
    await soon("its log is in the spool", () => log() !== undefined);
    await world.runner?.kill();
    world.gateway.child.kill("SIGCONT");
    const begunAt = Date.now();
    await restartRunner();
    const ended = await world.ended(id);
    expect(ended).toMatchObject({ status: "succeeded", attempt: 2, losses: 1, retriesUsed: 0 });
    // Long before its lease would have run out.
    expect(Date.now() - begunAt).toBeLessThan(30_000);
    const [first = "", ...others] = (await logOf(id)).split("line-0-;").slice(1);
    expect(first.length).toBeGreaterThan(0);
    expect(others.join("")).toContain("line-299-");
  });

  test("a clone of a runner takes over, and the first process ends by itself", async () => {
    const copy = join(world.dataDir, "clone");
    cpSync(join(world.dataDir, "local"), copy, { recursive: true });
    const clone = startProcess("runner/src/main.ts", {
      ...{ PULSE_GATEWAY: world.url, PULSE_RUNNER_NAME: "local", PULSE_STATE_DIR: copy },
      ...{ PULSE_SANDBOX: "process", PULSE_SLOTS: "4" },
    });
    try {
      expect(await world.runner?.exited).toBe(78);
      const id = await submit({ lines: 300, everyMs: 10 });
      expect(await world.ended(id)).toMatchObject({ status: "succeeded", attempt: 1 });
    } finally {
      await clone.stop();
    }
    await restartRunner();
  });
});
