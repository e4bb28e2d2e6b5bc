import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  deleteSecret,
  getMasterKey,
  newMasterKey,
  putSecret,
  rewrapSecrets,
} from "@pulse/schema/wire/secrets";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VaultServer } from "../runner/src/vault/vault-server.suite.ts";
import { startProcess } from "./platforms/node.ts";
import { startWorkersGateway } from "./platforms/workers.ts";
import { dockerAnswers } from "./sandboxes.ts";
import { executionOf, startWorld, type World } from "./world.ts";

const hasDocker = await dockerAnswers();
if (!hasDocker) process.stderr.write("no Docker engine answers: secrets are given to plain processes\n");

const show =
  "let calls = 0; export const handler = (_event, ctx) => ({ ...ctx.secrets, calls: ++calls, pid: process.pid });";

const platforms = {
  "on Node": () => startWorld({ sandbox: hasDocker ? "docker" : "process" }),
  "on Workers": () => startWorld({ sandbox: "process", startGateway: (given) => startWorkersGateway(given) }),
};

describe.each(Object.entries(platforms))("secrets %s", (_name, start) => {
  let world: World;
  beforeAll(async () => {
    world = await start();
  }, 180_000);
  afterAll(() => world?.stop(), 60_000);

  const put = (name: string, value: string) =>
    world.client.call(putSecret, { params: { name }, body: { value }, signal: world.signal });
  const call = async (name: string) => {
    const response = await world.call(`/f/${name}`, { method: "POST", body: "{}" });
    return { status: response.status, body: await response.json(), id: executionOf(response) };
  };

  test("a warm sandbox that was given one version never serves a call with another", async () => {
    await put("TOKEN", "the first");
    await world.deploy(
      "rotating",
      { "index.ts": show },
      { settings: { secrets: { GIVEN: "TOKEN" }, minWarm: 1 } },
    );
    const first = [await call("rotating"), await call("rotating")].map(({ body }) => body);
    expect(first).toMatchObject([{ GIVEN: "the first" }, { GIVEN: "the first" }]);
    for (const value of ["the second", "the third", "the first"]) {
      await put("TOKEN", value);
      const seen = await Promise.all([call("rotating"), call("rotating"), call("rotating")]);
      expect(seen.map(({ body }) => body.GIVEN)).toEqual([value, value, value]);
    }
  });

  test("without its secret a call ends as secret_unavailable, in words, and as soon as it is set again all is well", async () => {
    await put("NEEDED", "here");
    await world.deploy("needy", { "index.ts": show }, { settings: { secrets: ["NEEDED"] } });
    expect((await call("needy")).body).toMatchObject({ NEEDED: "here" });
    await world.client.call(deleteSecret, { params: { name: "NEEDED" }, signal: world.signal });
    const without = await call("needy");
    expect(without).toMatchObject({ status: 502, body: { code: "secret_unavailable" } });
    const view = await world.execution(without.id);
    expect(view).toMatchObject({ status: "failed", reason: "secret_unavailable" });
    expect(view.error?.message).toBe("the secret NEEDED is not set in the project default");
    await put("NEEDED", "back");
    expect((await call("needy")).body).toMatchObject({ NEEDED: "back" });
  });

  test("a deploy that names what is not set is refused before anything is built", async () => {
    const deploying = world.deploy("unset", { "index.ts": show }, { settings: { secrets: ["NEVER_SET"] } });
    await expect(deploying).rejects.toMatchObject({
      code: "validation_failed",
      message: expect.stringContaining("NEVER_SET"),
    });
  });

  test("a runner without a Vault says so", async () => {
    const deploying = world.deploy(
      "vaulted",
      { "index.ts": show },
      { settings: { secrets: { A: "vault:a#b" } } },
    );
    await expect(deploying).rejects.toThrow(/has no Vault to read A from/);
  });
});

describe("on Node", () => {
  let world: World;
  let vault: VaultServer;
  beforeAll(async () => {
    vault = await VaultServer.start();
    world = await startWorld({ sandbox: hasDocker ? "docker" : "process", withoutRunner: true });
    const secretId = join(world.dataDir, "secret-id");
    writeFileSync(secretId, `${vault.secretId}\n`, { mode: 0o600 });
    await world.startRunner("vaulted", {
      PULSE_VAULT_ADDR: vault.url,
      PULSE_VAULT_ROLE_ID: vault.roleId,
      PULSE_VAULT_SECRET_ID_FILE: secretId,
      PULSE_VAULT_CACHE_SECONDS: "0",
    });
  }, 180_000);
  afterAll(async () => {
    await world?.stop();
    await vault?.stop();
  }, 60_000);

  test("what the runner's Vault keeps reaches the function and not the gateway; a new version there is a new value here", async () => {
    vault.write("teams/billing", { password: "from the vault, first" });
    const secrets = { PASSWORD: "vault:teams/billing#password" };
    const code = `export const handler = (_e, ctx) => { console.log("have", ctx.secrets.PASSWORD); return ctx.secrets; };`;
    await world.deploy("billing", { "index.ts": code }, { settings: { secrets } });
    const call = async () => {
      const response = await world.call("/f/billing", { method: "POST", body: "{}" });
      const logs = await world.call(`/v1/executions/${executionOf(response)}/logs`);
      expect(await logs.text()).toContain("have ***");
      return (await response.json()) as Record<string, string>;
    };
    expect(await call()).toEqual({ PASSWORD: "from the vault, first" });
    vault.write("teams/billing", { password: "from the vault, second" });
    expect(await call()).toEqual({ PASSWORD: "from the vault, second" });
    vault.isSealed = true;
    const sealed = await world.call("/f/billing", { method: "POST", body: "{}" });
    expect([sealed.status, (await sealed.json()).detail]).toEqual([
      502,
      expect.stringContaining("it may be sealed"),
    ]);
    vault.isSealed = false;
  });

  test("SC-04: the master key is rotated while calls go on, through kills of the gateway", async () => {
    const { client, signal } = world;
    const names = Array.from({ length: 120 }, (_, i) => `M${i}`);
    for (const name of names)
      await client.call(putSecret, { params: { name }, body: { value: `of ${name}` }, signal });
    await world.deploy(
      "masters",
      { "index.ts": show },
      { settings: { secrets: ["M0", "M119"], reuse: "never" } },
    );
    let isOver = false;
    const seen: unknown[] = [];
    const calling = (async () => {
      while (!isOver) {
        const response = await world.call("/f/masters", { method: "POST", body: "{}" }).catch(() => null);
        // While the gateway is down nobody answers, or it is told so.
        if (response?.ok) seen.push(await response.json());
        else expect([null, 502, 503]).toContain(response === null ? null : response.status);
      }
    })();
    const before = await client.call(getMasterKey, { signal });
    await client.call(newMasterKey, { signal });
    await world.crashGateway();
    for (let left = 1; left > 0; ) {
      left = (await client.call(rewrapSecrets, { signal })).left;
      await world.crashGateway();
    }
    isOver = true;
    await calling;
    const after = await client.call(getMasterKey, { signal });
    expect(after.keys).toHaveLength(1);
    expect(after.keys[0]?.id).not.toBe(before.keys[0]?.id);
    expect(after.keys[0]?.secrets).toBeGreaterThanOrEqual(120);
    for (const one of seen) expect(one).toMatchObject({ M0: "of M0", M119: "of M119" });
    const last = await world.call("/f/masters", { method: "POST", body: "{}" });
    expect(await last.json()).toMatchObject({ M0: "of M0" });
  });

  test("SC-01: without its key the gateway does not start: it says which one is missing, and exits with 78", async () => {
    await world.gateway.stop();
    const dataDir = join(world.dataDir, "gateway");
    rmSync(join(dataDir, "master-key"));
    const started = startProcess("gateway/src/platform/node/main.ts", {
      PULSE_DATA_DIR: dataDir,
      PULSE_PORT: "0",
    });
    expect(await started.exited).toBe(78);
    expect(started.output()).toMatch(/mk_[0-9a-f]{16}/);
    const wrong = startProcess("gateway/src/platform/node/main.ts", {
      PULSE_DATA_DIR: dataDir,
      PULSE_PORT: "0",
      PULSE_MASTER_KEY: "changeme",
    });
    expect(await wrong.exited).toBe(78);
    expect(wrong.output()).toMatch(/PULSE_MASTER_KEY/);
    expect(wrong.output()).not.toContain("changeme");
  });
});
