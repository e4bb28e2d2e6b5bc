import { compactVerify, importJWK } from "jose";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settle } from "../../dispatch/world.suite.ts";
import type { HandedOut, MasterKey } from "../../ports.ts";
import { masterKeyOf } from "../../secrets/master-key.ts";
import { checkMasterKeys, rewrapSome } from "../../secrets/rewrap.ts";
import { HttpRunner, TestGateway } from "../gateway.suite.ts";
import { moveUpgrades } from "./keep-moving.ts";
import { bundleKey, signBundle } from "./signing.ts";

const [fresh, older] = ["b".repeat(64), "a".repeat(64)];
const handedOut: HandedOut = {
  ...{ version: "0.2.0", protocol: 1, node: "22.19.0" },
  bundles: [{ platform: "linux-x64", file: "r.tar.gz", sha256: fresh, bytes: 9 }],
};

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await TestGateway.start();
  gateway.parts.ports.handedOut = async () => handedOut;
});
afterEach(async () => {
  await settle();
  gateway.close();
  expect(gateway.parts.problems).toEqual([]);
});

const post = (path: string, body: object = {}) =>
  gateway.call(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
const upgrade = async (body: object = {}) => (await post("/v1/runners/upgrade", body)).json();
const status = async () => (await (await gateway.call("/v1/runners/upgrade")).json()).upgrade;
const statesOf = ({ runners }: { runners: { name: string; state: string }[] }) =>
  Object.fromEntries(runners.map(({ name, state }) => [name, state]));

/** A runner that was installed from an archive of this gateway. */
async function installed(name: string, facts: object = {}): Promise<HttpRunner> {
  const runner = await HttpRunner.join(gateway, name);
  await open(runner, `${name} 1`, { bundle: older, upgrades: true, ...facts });
  return runner;
}

async function open(runner: HttpRunner, instanceId: string, facts: object) {
  return await runner.open({ instanceId, facts });
}

const say = (runner: HttpRunner, id: string, outcome: string, sha256: string, detail: string | null = null) =>
  runner.post("/upgrade", { id, outcome, sha256, detail });
const auditOf = async (action: string) =>
  (await (await gateway.call(`/v1/audit?action=${action}`)).json()).items;

test("runners are told in waves over their syncs, and the upgrade ends when the last one is up", async () => {
  const [a, b] = [await installed("a"), await installed("b")];
  const parked = a.sync();
  await settle();
  const begun = await upgrade({ wave: "1" });
  expect(begun).toMatchObject({ state: "running", wave: 1, waves: 2, version: "0.2.0" });
  expect((await parked).commands).toEqual([{ id: begun.id, type: "update" }]);
  expect(statesOf(await status())).toEqual({ a: "told", b: "waiting" });
  const second = b.sync();
  expect((await say(a, begun.id, "up", fresh)).status).toBe(204);
  expect((await second).commands).toEqual([{ id: begun.id, type: "update" }]);
  await say(b, begun.id, "up", fresh);
  expect(await status()).toMatchObject({ state: "succeeded", why: null });
  expect((await auditOf("runner.upgrade"))[0]).toMatchObject({ outcome: "done", details: { wave: "1" } });
  expect(await auditOf("runner.upgrade_result")).toHaveLength(2);
  expect((await auditOf("runner.upgrade_end"))[0]).toMatchObject({
    details: { state: "succeeded", upgraded: 2 },
  });
});

test("a runner that went back ends it with its reason, and the others stay as they are", async () => {
  const [a] = [await installed("a"), await installed("b")];
  const { id } = await upgrade({ wave: "50%" });
  await say(a, id, "takenBack", older, "the new version did not come up within 120 s");
  const end = await status();
  expect(end).toMatchObject({ state: "failed" });
  expect(end.why).toBe("a: the new version did not come up within 120 s; it runs the version before");
  expect(statesOf(end)).toEqual({ a: "failed", b: "waiting" });
  expect((await auditOf("runner.upgrade_end"))[0]).toMatchObject({ outcome: "failed" });
});

test("it goes on after a restart of the gateway, says again what may be lost, and gives up in time", async () => {
  const a = await installed("a");
  await upgrade({ within: "1m" });
  // Nothing is known of it but what is in the database.
  await gateway.parts.clock.advance(20_000);
  const parked = a.sync();
  await settle();
  expect(await moveUpgrades(gateway.parts.deps)).toBe(gateway.parts.clock.now() + 20_000);
  expect((await parked).commands[0]).toMatchObject({ type: "update" });
  await gateway.parts.clock.advance(60_000);
  expect(await moveUpgrades(gateway.parts.deps)).toBeNull();
  expect((await status()).why).toMatch(/^a: it did not come back with the new version within 60 s/);
});

test("a dry run tells who would be upgraded and why others not, and begins nothing", async () => {
  await installed("a");
  await installed("checkout", { bundle: null });
  await installed("done", { bundle: fresh });
  const plan = await upgrade({ dryRun: true });
  expect(plan).toMatchObject({ id: null, state: "planned", wave: 0, waves: 1, startedAt: null });
  expect(statesOf(plan)).toEqual({ a: "waiting", checkout: "left", done: "current" });
  expect(await status()).toBeNull();
  expect(statesOf(await upgrade({ dryRun: true, targets: "done" }))).toEqual({ done: "current" });
});

test("there is one at a time; it can be stopped, and then another one begun", async () => {
  await installed("a");
  await upgrade();
  expect((await post("/v1/runners/upgrade")).status).toBe(409);
  expect(await (await post("/v1/runners/upgrade/stop")).json()).toMatchObject({ state: "stopped" });
  expect((await post("/v1/runners/upgrade")).status).toBe(202);
});

test("bad targets, bad sizes, and a gateway that hands out nothing are told", async () => {
  await installed("a");
  for (const body of [
    { targets: "nobody" },
    { targets: "a &" },
    { wave: "0" },
    { wave: "101%" },
    { within: "1s" },
  ])
    expect([body, (await post("/v1/runners/upgrade", body)).status]).toEqual([body, 422]);
  gateway.parts.ports.handedOut = async () => null;
  const answer = await post("/v1/runners/upgrade");
  expect(await answer.json()).toMatchObject({
    status: 409,
    detail: expect.stringContaining("hands out no runner"),
  });
});

test("what a runner is given is signed by the key that its enrolment and its session told it", async () => {
  const a = await installed("a");
  const { config } = await (await open(a, "a 2", {})).json();
  const nonce = "n".repeat(32);
  const { signed } = await (await a.send(`/upgrade?platform=linux-x64&nonce=${nonce}`)).json();
  const { payload } = await compactVerify(signed, await importJWK(config.bundleKey, "EdDSA"));
  expect(JSON.parse(new TextDecoder().decode(payload))).toEqual({
    ...{ for: "pulse-runner", nonce, version: "0.2.0", protocol: 1, node: "22.19.0" },
    ...handedOut.bundles[0],
  });
  expect(config.bundleKey).not.toHaveProperty("d");
  expect((await a.send(`/upgrade?platform=plan9-x64&nonce=${nonce}`)).status).toBe(404);
  for (const bad of ["", "&nonce=short"])
    expect((await a.send(`/upgrade?platform=linux-x64${bad}`)).status).toBe(422);
});

test("the key that signs is sealed, goes through a rotation, and where it does not open runners still join", async () => {
  const { ports } = gateway.parts;
  const { client } = ports.database;
  const a = await installed("a");
  const { config } = await (await open(a, "a 2", {})).json();
  const { rows } = await client.execute("SELECT kind, sealed FROM secrets");
  expect(rows.map(({ kind }) => kind)).toEqual(["bundle", "tokens"]);
  expect((await client.execute("SELECT * FROM facts WHERE value LIKE '%\"d\":%'")).rows).toEqual([]);
  const [old] = await ports.masterKeys.known();
  if (old === undefined) throw new Error("there is no master key");
  const next = await masterKeyOf(new Uint8Array(32).fill(7));
  // As another process of the same database does, which has nothing of it in memory.
  const withKeys = (...keys: MasterKey[]) => ({
    ...ports,
    database: { ...ports.database },
    masterKeys: { known: async () => keys },
  });
  expect(await rewrapSome(withKeys(next, old))).toEqual({ rewrapped: 2, left: 0 });
  expect(await bundleKey(withKeys(next))).toEqual(config.bundleKey);
  const lost = withKeys(old);
  expect(await bundleKey(lost)).toBeNull();
  await checkMasterKeys(lost, { isShared: false });
  expect(await rewrapSome(lost)).toEqual({ rewrapped: 0, left: 0 });
  const said = { nonce: "n".repeat(32), version: "1", protocol: 1, node: "22.0.0", ...handedOut.bundles[0] };
  await expect(signBundle(lost, said as Parameters<typeof signBundle>[1])).rejects.toMatchObject({
    code: "unavailable",
  });
});

test("a runner of a later version is left; told to go back, it alone is given leave, for that upgrade and while it runs", async () => {
  const a = await installed("a");
  await a.open({ instanceId: "a 2", version: "0.3.0", facts: { bundle: older, upgrades: true } });
  const left = await upgrade({ dryRun: true });
  expect(left.runners).toMatchObject([
    { state: "left", why: expect.stringMatching(/^it runs 0\.3\.0, and 0\.2\.0 is older/) },
  ]);
  const leaveOf = async (runner: HttpRunner, id: string) => {
    const query = `platform=linux-x64&nonce=${"n".repeat(32)}&upgrade=${id}`;
    const { signed } = await (await runner.send(`/upgrade?${query}`)).json();
    return JSON.parse(atob(signed.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"))).downgrade;
  };
  const { id } = await upgrade({ targets: "a", allowDowngrade: true });
  const b = await installed("b");
  expect([await leaveOf(a, id), await leaveOf(a, "upg_other"), await leaveOf(b, id)]).toEqual([
    ...[id, undefined, undefined],
  ]);
  await say(a, id, "up", fresh);
  expect(await leaveOf(a, id)).toBeUndefined();
  expect((await auditOf("runner.upgrade"))[0]).toMatchObject({ details: { allowDowngrade: true } });
  await a.open({ instanceId: "a 3", version: "0.3.0", facts: { bundle: older, upgrades: true } });
  const plain = await upgrade({ targets: "all" });
  expect(statesOf(plain)).toEqual({ a: "left", b: "told" });
  expect(await leaveOf(b, plain.id)).toBeUndefined();
});

test("what a runner says of another upgrade, or one that is not in it, changes nothing", async () => {
  const [a, b] = [await installed("a"), await installed("b")];
  const { id } = await upgrade({ targets: "a" });
  await say(a, "upg_other", "refused", older, "no");
  await say(b, id, "refused", older, "no");
  expect(await status()).toMatchObject({ state: "running", why: null });
});
