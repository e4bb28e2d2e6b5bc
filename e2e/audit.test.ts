import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { programEnv, programPath } from "./platforms/program-env.ts";
import { startWorkersGateway } from "./platforms/workers.ts";
import { startWorld, type World } from "./world.ts";

const entry = programPath("cli/src/main.ts");

describe.each([
  ["Node", {}],
  ["Workers", { startGateway: startWorkersGateway }],
] as const)("the audit on %s", (_, platform) => {
  let world: World;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "pulse-audit-"));
    world = await startWorld({ sandbox: "process", ...platform });
  }, 180_000);
  afterAll(async () => {
    await world?.stop();
    rmSync(folder, { recursive: true });
  }, 60_000);

  const pulse = (args: string[], gateway = world.url) =>
    new Promise<{ code: number; out: string; err: string }>((resolve) => {
      const env = { ...programEnv(), HOME: folder, PULSE_LANG: "en" };
      const known = { PULSE_GATEWAY: gateway, PULSE_KEY: world.adminKey };
      execFile(process.execPath, [entry, ...args], { env: { ...env, ...known } }, (error, out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code), out, err }),
      );
    });

  test("changes that come at once are one chain, which is exported and checked without the gateway", async () => {
    const made = await Promise.all(
      Array.from({ length: 20 }, (_each, i) =>
        fetch(`${world.url}/v1/keys`, {
          method: "POST",
          headers: { authorization: `Bearer ${world.adminKey}`, "content-type": "application/json" },
          body: JSON.stringify({ name: `k${i}`, scopes: ["read"] }),
        }),
      ),
    );
    expect(made.map(({ status }) => status)).toEqual(made.map(() => 201));
    const listed = await pulse(["--json", "audit", "list", "--action", "key.create", "--limit", "200"]);
    const { items } = JSON.parse(listed.out);
    const names = items.map(({ target }: { target: string }) => target);
    expect(names).toEqual(expect.arrayContaining(made.map((_each, i) => `k${i}`)));
    const head = (await pulse(["audit", "head"])).out.trim();
    expect(await pulse(["audit", "verify", "--head", head])).toMatchObject({ code: 0 });

    const { out } = await pulse(["audit", "export"]);
    const file = join(folder, "audit.ndjson");
    writeFileSync(file, out);
    const offline = await pulse(["audit", "verify", file, "--head", head], "http://127.0.0.1:9");
    expect(offline).toMatchObject({ code: 0, out: expect.stringContaining("are as they were written") });
    writeFileSync(file, readFileSync(file, "utf8").replace('"target":"k7"', '"target":"k8"'));
    const tampered = await pulse(["audit", "verify", file], "http://127.0.0.1:9");
    expect(tampered.code).toBe(20);
    expect(tampered.out).toMatch(/^\d+ +the entry was changed/m);
    const cut = `${out.split("\n").slice(0, 5).join("\n")}\n`;
    writeFileSync(file, cut);
    expect((await pulse(["audit", "verify", file], "http://127.0.0.1:9")).code).toBe(20);
  }, 120_000);

  test("how long it is kept is set, and that is an entry", async () => {
    expect((await pulse(["audit", "kept"])).out.trim()).toBe("365d");
    expect((await pulse(["audit", "kept", "--set", "90d"])).out.trim()).toBe("90d");
    expect((await pulse(["audit", "kept", "--set", "1d"])).code).toBe(6);
    const listed = await pulse(["--json", "audit", "list", "--action", "audit.settings", "--since", "1h"]);
    const outcomes = JSON.parse(listed.out).items.map(({ outcome }: { outcome: string }) => outcome);
    expect(outcomes).toEqual(["refused", "done"]);
  }, 60_000);
});
