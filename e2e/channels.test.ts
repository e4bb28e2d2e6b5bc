import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startLosableWorkers } from "./platforms/losable-workers.ts";
import { freePort, type Running, startProcess, until } from "./platforms/node.ts";
import { programEnv, programPath } from "./platforms/program-env.ts";
import type { WorkersGateway } from "./platforms/workers.ts";
import { ChatServer, channelsSuite } from "./suites/channels.suite.ts";
import { startWorld, type World } from "./world.ts";

let chat: { server: ChatServer; url: string };
let outbound: string;
beforeAll(async () => {
  const port = await freePort();
  outbound = `127.0.0.1:${port}`;
});
beforeAll(() => {
  chat = { server: new ChatServer(Number(outbound.split(":")[1])), url: `http://${outbound}/services/x` };
});
afterAll(() => chat.server.close());

describe("on Node", () => {
  let world: World;
  let mail: Running;
  beforeAll(async () => {
    const port = await freePort();
    mail = startProcess("e2e/platforms/mail-server.ts", {}, [String(port)]);
    await until("mail is taken", async () => mail.output().includes("listening") || null, mail);
    world = await startWorld({
      gatewayEnv: {
        PULSE_OUTBOUND_HOSTS: outbound,
        PULSE_SMTP_URL: `smtp://127.0.0.1:${port}?tls=none`,
        PULSE_MAIL_FROM: "Pulse <pulse@example.test>",
      },
    });
  }, 180_000);
  afterAll(async () => {
    await world?.stop();
    await mail?.stop();
  }, 60_000);
  channelsSuite(
    () => world,
    () => chat,
  );

  test("pulse channel makes a channel of mail, tries it, sets a rule, and shows the log", async () => {
    const entry = programPath("cli/src/main.ts");
    const pulse = async (...args: string[]) => {
      const env = { ...programEnv(), HOME: world.dataDir, PULSE_LANG: "en" };
      const own = { PULSE_GATEWAY: world.url, PULSE_KEY: world.adminKey };
      const options = { cwd: world.dataDir, env: { ...env, ...own } };
      return await promisify(execFile)(process.execPath, [entry, "channel", ...args], options);
    };
    await pulse("create", "people", "--type", "email", "--to", "ana@example.test", "--to", "bo@example.test");
    expect((await pulse("test", "people", "--text", "Is anybody there?")).stdout).toMatch(/^delivered 250/);
    expect(mail.output()).toContain('"to":["ana@example.test","bo@example.test"]');
    expect(mail.output()).toContain("Is anybody there?");
    const quiet = "22:00-07:00@Europe/Madrid";
    const set = ["set-rule", "people", "nights"];
    await expect(pulse(...set)).rejects.toMatchObject({ code: 2 });
    await pulse(...set, "--on", "failed", "--on", "prompt", "--quiet-hours", quiet, "--digest", "10m");
    await pulse(...set, "--times", "3");
    const rules = (await pulse("rules", "people")).stdout;
    expect(rules).toMatch(new RegExp(`nights +failed, prompt +3 +600 s +${quiet}`));
    expect((await pulse("list")).stdout).toMatch(/people +email +ana@example.test, bo@example.test/);
    expect((await pulse("messages", "people")).stdout).toMatch(/ntf_\S+ .* test +delivered/);
    await pulse("delete-rule", "people", "nights");
    await pulse("delete", "people");
    await expect(pulse("show", "people")).rejects.toMatchObject({ code: 4 });
  });
});

describe("on Workers", () => {
  let world: World;
  let gateway: WorkersGateway;
  beforeAll(async () => {
    world = await startWorld({
      async startGateway(given) {
        gateway = await startLosableWorkers(given, { PULSE_OUTBOUND_HOSTS: outbound });
        return gateway;
      },
    });
    chat.server.bodies.splice(0);
  }, 240_000);
  afterAll(() => world?.stop(), 60_000);
  channelsSuite(
    () => world,
    () => chat,
    () => gateway.cron(),
  );

  test("a channel of mail is refused in words, for no mail leaves a Worker", async () => {
    const body = JSON.stringify({ name: "people", settings: { type: "email", to: ["ana@example.test"] } });
    const headers = { "content-type": "application/json" };
    const refused = await world.call("/v1/channels", { method: "POST", headers, body });
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining("sends no mail")]);
  });
});
