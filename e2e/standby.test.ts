import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@pulse/schema/client";
import { isTerminal } from "@pulse/schema/status";
import { getExecution } from "@pulse/schema/wire/executions";
import { deployVersion } from "@pulse/schema/wire/functions";
import { createEnrolmentToken, listRunners } from "@pulse/schema/wire/runners";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort, type Running, startProcess, until } from "./platforms/node.ts";

const signal = AbortSignal.timeout(10 * 60_000);
const adminKey = `pk_${randomBytes(24).toString("hex")}`;
const masterKey = randomBytes(32).toString("base64");
const headers = { authorization: `Bearer ${adminKey}` };
const folder = mkdtempSync(join(tmpdir(), "pulse-standby-"));
const running: Running[] = [];
let databaseUrl: string;

interface Gateway {
  url: string;
  running: Running;
}

async function start(name: string, port: number): Promise<Gateway> {
  const url = `http://127.0.0.1:${port}`;
  const gateway = startProcess("gateway/src/platform/node/main.ts", {
    PULSE_DATA_DIR: join(folder, name),
    PULSE_PORT: String(port),
    PULSE_ADMIN_KEY: adminKey,
    PULSE_MASTER_KEY: masterKey,
    PULSE_DATABASE_URL: databaseUrl,
  });
  running.push(gateway);
  await until(
    `${name} answers`,
    async () => ((await ask(`${url}/readyz`).catch(nullUnlessHung))?.ok ? true : null),
    gateway,
  );
  return { url, running: gateway };
}

/** Longer than any answer may take. */
const answerWithinMs = 60_000;
/** A request had no answer: where, and what the processes said. No retry hides it. */
class Hung extends Error {}
async function ask(to: string, init: RequestInit = {}, withinMs = answerWithinMs): Promise<Response> {
  const late = AbortSignal.timeout(withinMs);
  try {
    return await fetch(to, { ...init, signal: init.signal ? AbortSignal.any([init.signal, late]) : late });
  } catch (cause) {
    if (!late.aborted) throw cause;
    const said = running.map((one, n) => `-- process ${n}\n${one.output().slice(-3000)}`);
    const detail = `${init.method ?? "GET"} ${to}: no answer within ${withinMs} ms`;
    throw new Hung([detail, ...said].join("\n"), { cause });
  }
}
const nullUnlessHung = (error: unknown): null => {
  if (error instanceof Hung) throw error;
  if (error instanceof Error && error.cause instanceof Hung) throw error.cause;
  return null;
};
// A deploy waits for up to 120 s.
const clientOf = (url: string) =>
  createClient({
    baseUrl: url,
    headers: () => headers,
    fetch: (to, init) => ask(String(to), init, 120_000 + answerWithinMs),
  });
const call = (url: string, body: string, wait = true) =>
  ask(`${url}/f/echo`, {
    method: "POST",
    body,
    headers: { ...headers, ...(wait ? {} : { prefer: "respond-async" }) },
  });
const accepted = async (url: string, body: string): Promise<string | null> => {
  const response = await call(url, body, false).catch(nullUnlessHung);
  return response?.status === 202 ? ((await response.json()) as { id: string }).id : null;
};
const ended = (url: string, id: string) =>
  until(
    `${id} ends`,
    async () => {
      const view = await clientOf(url).call(getExecution, { params: { id }, signal }).catch(nullUnlessHung);
      return view !== null && isTerminal(view.status) ? view : null;
    },
    undefined,
    120_000,
  );

let a: Gateway;
let b: Gateway;
beforeAll(async () => {
  const port = await freePort();
  databaseUrl = `http://127.0.0.1:${port}`;
  const server = startProcess("tools/hrana/main.ts", {}, [join(folder, "remote.db"), String(port)]);
  running.push(server);
  await until(
    "the database serves",
    async () => (server.output().includes("Hrana over") ? true : null),
    server,
  );
  const migrate = startProcess("cli/src/main.ts", { PULSE_DATABASE_URL: databaseUrl }, ["migrate"]);
  expect(await migrate.exited, migrate.output()).toBe(0);
  a = await start("a", await freePort());
  b = await start("b", await freePort());
  const { token } = await clientOf(a.url).call(createEnrolmentToken, { body: {}, signal });
  // The runner speaks with the standby all the time.
  const runner = startProcess("runner/src/main.ts", {
    PULSE_GATEWAY: b.url,
    PULSE_ENROLMENT_TOKEN: token,
    PULSE_RUNNER_NAME: "local",
    PULSE_STATE_DIR: join(folder, "runner"),
    PULSE_SANDBOX: "process",
  });
  running.push(runner);
  await until(
    "the runner is online",
    async () => {
      const { items } = await clientOf(a.url).call(listRunners, { query: {}, signal });
      return items[0]?.status === "online" ? true : null;
    },
    runner,
  );
  await clientOf(b.url).call(deployVersion, {
    params: { name: "echo" },
    query: { wait: 120 },
    body: {
      runtime: "typescript",
      files: { "index.ts": "export default async (request: Request) => new Response(await request.text());" },
      settings: {},
    } as never,
    signal,
  });
});
afterAll(async () => {
  for (const one of running.reverse()) {
    one.child.kill("SIGCONT");
    await one.stop();
  }
  rmSync(folder, { recursive: true, force: true });
});

describe("two gateways over one remote database", () => {
  test("one owns the hub, the other passes calls on", async () => {
    expect(a.running.output()).toContain("this gateway owns the hub");
    expect(b.running.output()).not.toContain("this gateway owns the hub");
    for (const { url } of [a, b]) {
      const response = await call(url, `through ${url}`);
      expect([response.status, await response.text()]).toEqual([200, `through ${url}`]);
    }
    const denied = await ask(`${a.url}/hub/v1/wait`, { method: "POST", body: "{}", headers });
    expect(denied.status).toBe(401);
  });

  test("the owner is killed: the standby owns the hub within 20 s, and nothing that was accepted is lost", async () => {
    const ids: string[] = [];
    for (let n = 0; n < 30; n++) {
      const id = await accepted(n % 2 === 0 ? a.url : b.url, `before ${n}`);
      if (id !== null) ids.push(id);
    }
    expect(ids).toHaveLength(30);
    await a.running.kill();
    const begun = performance.now();
    const first = await until("the standby takes calls", () => accepted(b.url, "after"), b.running);
    expect(performance.now() - begun).toBeLessThan(20_000);
    expect(b.running.output()).toContain("this gateway owns the hub");
    for (const id of [...ids, first]) expect((await ended(b.url, id)).status).toBe("succeeded");
  }, 240_000);

  test("an owner that was frozen comes back, changes nothing, and passes calls on", async () => {
    a = await start("a", Number(new URL(a.url).port));
    expect((await call(a.url, "passed on")).status).toBe(200);
    b.running.child.kill("SIGSTOP");
    // Frozen no longer however this ends, so that what comes after does not fail for it.
    const taken = until("the other one takes calls", () => accepted(a.url, "meanwhile"), a.running);
    const id = await taken.finally(() => b.running.child.kill("SIGCONT"));
    await until(
      "the frozen one notices",
      async () => (b.running.output().includes("another gateway owns the hub now") ? true : null),
      b.running,
    );
    expect((await ended(a.url, id)).status).toBe("succeeded");
    const answer = await until("both answer", async () => {
      const responses = await Promise.all([call(a.url, "x"), call(b.url, "x")]);
      return responses.every(({ status }) => status === 200) ? true : null;
    });
    expect(answer).toBe(true);
    const view = await clientOf(b.url).call(getExecution, { params: { id }, signal });
    expect(view.attempt).toBe(1);
  }, 240_000);

  test("an owner that leaves in order is followed at once", async () => {
    await a.running.stop();
    const begun = performance.now();
    await until("the other one takes calls", () => accepted(b.url, "at once"), b.running);
    expect(performance.now() - begun).toBeLessThan(8000);
  }, 120_000);
});
