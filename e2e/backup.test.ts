import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort, type Running, startProcess, until } from "./platforms/node.ts";
import { startWorld, type World } from "./world.ts";

let world: World;
let folder: string;
const echo = { "index.ts": "export default async (request: Request) => new Response(await request.text());" };
const dataDir = () => join(world.dataDir, "gateway");

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pulse-backup-"));
  world = await startWorld();
  await world.deploy("echo", echo);
});
afterAll(async () => {
  await world?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** `pulse backup …` over a data folder; resolves to its exit code and what it said. */
async function backup(args: string[], over = dataDir()): Promise<{ code: number | null; said: string }> {
  return ended("cli/src/main.ts", ["backup", ...args, "--json"], over);
}

/** The same without the CLI before it. */
const direct = (args: string[], over = dataDir()) =>
  ended("gateway/src/platform/node/backup-main.ts", [...args, "--json"], over);

async function ended(
  entry: string,
  args: string[],
  over: string,
): Promise<{ code: number | null; said: string }> {
  const running = startProcess(entry, { PULSE_DATA_DIR: over }, args);
  const code = await running.exited;
  return { code, said: running.output() };
}

function overwrite(path: string, bytes: Buffer, at: number): void {
  const file = openSync(path, "r+");
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

async function startOver(over: string, args: string[] = []): Promise<{ url: string; gateway: Running }> {
  const url = `http://localhost:${await freePort()}`;
  const env = { PULSE_DATA_DIR: over, PULSE_PORT: new URL(url).port, PULSE_ADMIN_KEY: world.adminKey };
  const gateway = startProcess("gateway/src/platform/node/main.ts", env, args);
  await until(
    "it answers",
    async () => ((await fetch(`${url}/readyz`).catch(() => null))?.ok ? true : null),
    gateway,
  );
  return { url, gateway };
}

const accept = (body: string) =>
  world.call("/f/echo", { method: "POST", body, headers: { prefer: "respond-async" } });

describe("pulse backup", () => {
  test("is made while calls go on, holds what was accepted before it, and starts elsewhere", async () => {
    const before: string[] = [];
    for (let n = 0; n < 20; n++)
      before.push(((await (await accept(`body ${n}`)).json()) as { id: string }).id);
    await world.ended(before.at(-1) ?? "");
    // Some 60 MB, so that the copy takes a while.
    for (let n = 0; n < 60; n++) await accept("z".repeat(1_000_000));
    const file = join(folder, "one.tar");
    const making = backup(["create", "--to", file]);
    let isMade = false;
    void making.then(() => {
      isMade = true;
    });
    const pauses: number[] = [];
    let calls = 0;
    while (!isMade) {
      const asked = performance.now();
      expect((await world.call("/f/echo", { method: "POST", body: "during" })).status).toBe(200);
      pauses.push(performance.now() - asked);
      calls += 1;
    }
    const made = await making;
    expect(made).toMatchObject({ code: 0 });
    const report = JSON.parse(made.said);
    expect(report).toMatchObject({ functions: 1, missing: 0 });
    expect(report.executions).toBeGreaterThanOrEqual(80);
    expect(calls).toBeGreaterThan(3);
    pauses.sort((a, b) => a - b);
    expect(pauses[Math.floor(pauses.length * 0.9)]).toBeLessThan(1000);
    expect(readdirSync(folder)).toEqual(["one.tar"]);
    expect(statSync(file).mode & 0o077).toBe(0);

    expect((await backup(["verify", file])).code).toBe(0);
    const elsewhere = join(folder, "elsewhere");
    expect(await backup(["restore", file], elsewhere)).toMatchObject({ code: 0 });
    const { url, gateway } = await startOver(elsewhere);
    try {
      const headers = { authorization: `Bearer ${world.adminKey}` };
      for (const id of before) {
        const seen = (await (await fetch(`${url}/v1/executions/${id}`, { headers })).json()) as {
          status: string;
        };
        expect(["succeeded", "queued", "offered", "running"]).toContain(seen.status);
      }
      const source = await fetch(`${url}/v1/functions/echo/versions/1/source`, { headers });
      expect(await source.text()).toContain("new Response(await request.text())");
    } finally {
      await gateway.stop();
    }
  }, 300_000);

  test("one that lost a byte, is cut off or is something else is refused", async () => {
    const whole = join(folder, "whole.tar");
    expect((await direct(["create", "--to", whole])).code).toBe(0);
    const bytes = readFileSync(whole);
    const damages: [string, (path: string) => void][] = [
      [
        "another digest",
        (path) => {
          const at = Math.floor(bytes.length / 2);
          overwrite(path, Buffer.from([(bytes[at] ?? 0) ^ 1]), at);
        },
      ],
      ["cannot be", (path) => truncateSync(path, Math.floor(bytes.length / 2))],
      ["cannot be", (path) => overwrite(path, Buffer.from("something else"), 0)],
    ];
    for (const [said, damage] of damages) {
      const path = join(folder, "damaged.tar");
      rmSync(path, { force: true });
      writeFileSync(path, bytes);
      damage(path);
      const over = join(folder, "never");
      const both = await Promise.all([direct(["verify", path]), direct(["restore", path], over)]);
      expect(both[0]).toMatchObject({ code: 6, said: expect.stringContaining(said) });
      expect(both[1].code).toBe(6);
      expect(existsSync(join(over, "pulse.db"))).toBe(false);
    }
    expect((await direct(["verify", join(folder, "none.tar")])).code).toBe(4);
    expect((await direct(["create", "--to", whole])).code).toBe(5);
  }, 300_000);

  test("takes the place of a database only with --force, never under a running gateway, and keeps what was there", async () => {
    const file = join(folder, "back.tar");
    expect((await backup(["create", "--to", file])).code).toBe(0);
    const lost = ((await (await accept("after the backup")).json()) as { id: string }).id;
    await world.ended(lost);
    expect(await backup(["restore", file, "--force"])).toMatchObject({
      code: 5,
      said: expect.stringContaining("another gateway"),
    });
    await world.gateway.stop();
    expect(await backup(["restore", file])).toMatchObject({
      code: 5,
      said: expect.stringContaining("--force"),
    });
    const restored = await backup(["restore", file, "--force"]);
    expect(restored.code).toBe(0);
    const { keptIn } = JSON.parse(restored.said) as { keptIn: string };
    expect(readdirSync(keptIn)).toContain("pulse.db");
    await world.startGateway();
    expect((await world.call(`/v1/executions/${lost}`)).status).toBe(404);
    // The runner finds its way back, and its fences are new ones.
    const answer = await until("the function answers", async () => {
      const response = await world.call("/f/echo", { method: "POST", body: "again" });
      return response.ok ? response.text() : null;
    });
    expect(answer).toBe("again");
    const again = await backup(["create", "--to", join(folder, "again.tar")]);
    expect(again.code).toBe(0);
  }, 300_000);

  test("a remote database has its own backups, says the command", async () => {
    const running = startProcess("cli/src/main.ts", { PULSE_DATABASE_URL: "libsql://db.example.test" }, [
      "backup",
      "create",
    ]);
    expect(await running.exited).toBe(5);
    expect(running.output()).toMatch(/remote database, whose own backups/);
  });
});
