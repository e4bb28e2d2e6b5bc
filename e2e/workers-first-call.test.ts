import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Collector } from "../gateway/src/tracing/collector.suite.ts";
import { type HranaServer, serveHrana } from "../tools/hrana/server.ts";
import { type Running, startProcess, until } from "./platforms/node.ts";
import { startWorkersGateway, type WorkersGateway } from "./platforms/workers.ts";

/** The way of the README's section on Cloudflare, with the commands it names, but for `wrangler deploy` itself: here the Worker runs on workerd. */
describe("from an empty remote database to a first call on Workers", () => {
  const adminKey = `pk_${randomBytes(24).toString("hex")}`;
  let folder: string;
  let database: HranaServer;
  let gateway: WorkersGateway;
  let runner: Running | null = null;
  let collector: Collector;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "pulse-first-call-"));
    collector = await Collector.start();
    database = await serveHrana({ file: join(folder, "remote.db"), token: "of-the-database" });
  });
  afterAll(async () => {
    await runner?.stop();
    await gateway?.running.stop();
    await database?.close();
    await collector?.stop();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  const remote = () => ({ PULSE_DATABASE_URL: database.url, PULSE_DATABASE_TOKEN: "of-the-database" });
  const start = (args: string[], env: Record<string, string> = {}) =>
    startProcess(
      "cli/src/main.ts",
      { XDG_CONFIG_HOME: folder, PULSE_SANDBOX: "process", ...env },
      args,
      folder,
    );
  /** Runs `pulse` and answers what it said. */
  const pulse = async (...args: string[]) => {
    const running = start(args, args[0] === "migrate" ? remote() : {});
    expect(await running.exited, running.output()).toBe(0);
    return running.output();
  };

  test("migrate, deploy, sign in, enrol a runner, deploy a function, call it", async () => {
    const vars = {
      ...remote(),
      PULSE_OTLP_ENDPOINT: collector.url,
      PULSE_OTLP_HEADERS: "x-token=of-the-collector",
    };
    gateway = await startWorkersGateway({ dataDir: folder, adminKey }, { vars, withoutMigration: true });
    const unready = await fetch(`${gateway.url}/readyz`);
    expect([unready.status, await unready.text()]).toEqual([503, expect.stringContaining("pulse migrate")]);

    expect(await pulse("migrate")).toMatch(/[1-9]\d* migrations applied now/);
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);

    const keyFile = join(folder, "admin-key");
    writeFileSync(keyFile, adminKey, { mode: 0o600 });
    await pulse("login", "--profile", "cloud", "--gateway", gateway.url, "--key-file", keyFile);
    const tokenFile = join(folder, "runner-token");
    writeFileSync(tokenFile, await pulse("runner", "token", "--quiet"), { mode: 0o600 });
    runner = start(["runner", "start", "--token-file", tokenFile]);
    await until("the runner is online", async () =>
      (await pulse("runner", "list")).includes("online") ? true : null,
    );

    await pulse("init", "typescript", "greet");
    await pulse("deploy", "greet");
    expect(await pulse("invoke", "greet", "-e", "name=Ada")).toContain("Ada");

    // The Worker tells of the request, the object of what it did with it: one trace.
    const wanted = ["POST /f/:name", "greet", "queue", "hand-out", "start", "run"];
    const { spans, faults, headers } = await collector.until(({ spans }) =>
      wanted.every((name) => spans.some((one) => one.name === name)),
    );
    expect([faults, headers["x-token"]]).toEqual([[], "of-the-collector"]);
    const run = spans.find(({ name }) => name === "run");
    const ofCall = spans.filter(({ traceId }) => traceId === run?.traceId);
    expect(ofCall.map(({ name }) => name)).toEqual(expect.arrayContaining(wanted));
    const idOf = (name: string) => ofCall.find((one) => one.name === name)?.spanId;
    const parentOf = (name: string) => ofCall.find((one) => one.name === name)?.parentSpanId;
    expect([parentOf("greet"), parentOf("run")]).toEqual([idOf("POST /f/:name"), idOf("greet")]);
  });
});
