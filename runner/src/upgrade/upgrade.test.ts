import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CompactSign, type CryptoKey, exportJWK, generateKeyPair } from "jose";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeGateway } from "../fake-gateway.suite.ts";
import { pinBundleKey } from "./bundle-key.ts";
import { InstallPlace } from "./install-place.ts";
import { readSigned } from "./read-signed.ts";
import { replacedExit, type UpgradeParts, Upgrades } from "./upgrades.ts";

const launcher = fileURLToPath(new URL("../../../install/runner/pulse-runner", import.meta.url));
const main = new URL("../main.ts", import.meta.url).href;
const platform = `${process.platform}-${process.arch}`;

let folder = "";
let gateway: FakeGateway;
let runner: ChildProcess | null = null;
let said = "";
let keys: { mine: CryptoKey; other: CryptoKey };
let asked = 0;
let nonceAsked = "n".repeat(32);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "pulse-upgrade-"));
  gateway = await FakeGateway.start();
  const [mine, other] = [await generateKeyPair("Ed25519"), await generateKeyPair("Ed25519")];
  keys = { mine: mine.privateKey, other: other.privateKey };
  Object.assign(gateway.config, { bundleKey: await exportJWK(mine.publicKey) });
  gateway.on("POST /upgrade", () => ({ status: 204 }));
});
afterEach(async () => {
  if (runner !== null && runner.exitCode === null) {
    const ended = new Promise((resolve) => runner?.once("close", resolve));
    runner.kill("SIGTERM");
    await ended;
  }
  runner = null;
  await gateway.close();
  rmSync(folder, { recursive: true, force: true });
});

/** An archive with the program `does`, and its sha256. */
function packed(does: string): { archive: Buffer; sha256: string } {
  const tree = mkdtempSync(join(folder, "tree-"));
  mkdirSync(join(tree, "app"));
  writeFileSync(join(tree, "app/package.json"), '{"type":"module"}');
  writeFileSync(join(tree, "app/runner.js"), `${does}\n`);
  const archive = spawnSync("tar", ["-czf", "-", "-C", tree, "."]).stdout;
  return { archive, sha256: createHash("sha256").update(archive).digest("hex") };
}

/** What the gateway signs of an archive; `change` makes it say something else. */
async function signed(
  { archive, sha256 }: ReturnType<typeof packed>,
  change: object = {},
  key = keys.mine,
): Promise<string> {
  const said = {
    ...{ for: "pulse-runner", nonce: nonceAsked, version: "9.9.9", protocol: 1, node: "20.0.0", platform },
    ...{ file: "r.tar.gz", sha256, bytes: archive.length, ...change },
  };
  return await new CompactSign(Buffer.from(JSON.stringify(said)))
    .setProtectedHeader({ alg: "EdDSA" })
    .sign(key);
}

/** Tells the runner to upgrade itself to this; resolves with what it says became of it. */
async function upgrade(sign: () => Promise<string>, archive: Buffer) {
  gateway.on("GET /upgrade", async ({ path }) => {
    const query = new URLSearchParams(path.split("?")[1]);
    expect(query.get("platform")).toBe(platform);
    nonceAsked = query.get("nonce") ?? "";
    return { body: { signed: await sign() } };
  });
  gateway.on("GET /install/r.tar.gz", () => ({ body: archive }));
  const id = `upg_${++asked}`;
  await gateway.answerSync({ commands: [{ id, type: "update" }] });
  const report = await gateway.until(() => gateway.of("POST /upgrade").find(({ json }) => json.id === id));
  return report.json;
}

/** Installs as the gateway's script does, and starts the real launcher, which starts the real runner. */
function install({ archive, sha256 }: ReturnType<typeof packed>): string {
  const base = join(folder, "installed");
  const version = join(base, "versions", sha256);
  mkdirSync(version, { recursive: true });
  spawnSync("tar", ["-xzf", "-", "-C", version], { input: archive });
  symlinkSync(`versions/${sha256}`, join(base, "current"));
  copyFileSync(launcher, join(base, "pulse-runner"));
  writeFileSync(join(base, "install.env"), `dir='${base}'\nnode='${process.execPath}'\n`);
  const env = {
    ...{ PATH: process.env.PATH, HOME: folder, PULSE_GATEWAY: gateway.url, PULSE_SANDBOX: "process" },
    ...{ PULSE_ENROLMENT_TOKEN: "pet_test", PULSE_RUNNER_NAME: "one", PULSE_STATE_DIR: join(base, "state") },
  };
  runner = spawn("sh", [join(base, "pulse-runner"), "run"], { env, stdio: ["ignore", "ignore", "pipe"] });
  runner.stderr?.on("data", (part) => (said += part));
  return base;
}

test("a runner refuses what is not signed or not what was signed, goes back from what does not start, and comes up on what does", async () => {
  const first = packed(`await import("${main}"); // first`);
  const good = packed(`await import("${main}"); // good`);
  const broken = packed("process.exit(70);");
  const base = install(first);
  const place = new InstallPlace(base);
  await gateway.parked();
  const [opened] = gateway.of("POST /session");
  expect(opened?.json.facts).toMatchObject({ bundle: first.sha256, upgrades: true });

  const forged = await upgrade(() => signed(good, {}, keys.other), good.archive);
  expect(forged).toMatchObject({ outcome: "refused", sha256: first.sha256 });
  expect(forged.detail).toContain("not signed by the key that this runner has kept of its gateway");
  const swapped = await upgrade(() => signed(good), Buffer.alloc(good.archive.length, 1));
  expect(swapped).toMatchObject({ outcome: "refused", detail: expect.stringContaining("another checksum") });
  const old = await signed(broken);
  const replayed = await upgrade(async () => old, broken.archive);
  expect(replayed).toMatchObject({
    ...{ outcome: "refused", detail: expect.stringContaining("answers another request") },
  });
  expect(readdirSync(join(base, "versions"))).toEqual([first.sha256]);

  const older = await upgrade(() => signed(good, { version: "0.0.1" }), good.archive);
  expect(older).toMatchObject({ outcome: "refused", detail: expect.stringContaining("0.0.1 is older than") });

  const back = await upgrade(() => signed(broken), broken.archive);
  expect(back).toMatchObject({ outcome: "takenBack", sha256: first.sha256 });
  expect(said).toContain("the new version did not come up: back to the one before");

  await gateway.parked();
  const up = await upgrade(() => signed(good), good.archive);
  expect([up.outcome, up.sha256, up.detail]).toEqual(["up", good.sha256, null]);
  expect(gateway.of("POST /session").at(-1)?.json.facts.bundle).toBe(good.sha256);
  expect([place.current(), place.isOnTrial, existsSync(join(base, "taken-back"))]).toEqual([
    ...[good.sha256, false, false],
  ]);
  // The one before stays, what was broken does not.
  expect(readdirSync(join(base, "versions")).sort()).toEqual([basename(first.sha256), good.sha256].sort());
  expect(gateway.of("POST /enroll")).toHaveLength(1);
}, 120_000);

test("what cannot be put in its place leaves the present version, which is started again and says so", async () => {
  const [present, next] = [packed("1"), packed("2")];
  const base = join(folder, "installed");
  mkdirSync(join(base, "versions", present.sha256), { recursive: true });
  symlinkSync(`versions/${present.sha256}`, join(base, "current"));
  const place = new InstallPlace(base);
  pinBundleKey(folder, gateway.url, (gateway.config as { bundleKey?: object }).bundleKey, "anew");
  gateway.on("GET /install/r.tar.gz", () => ({ body: next.archive }));
  const reports: unknown[] = [];
  const made = () => {
    const left = Promise.withResolvers<void>();
    const link: UpgradeParts["link"] = {
      // Only these two are called, each with what its endpoint declares.
      call: (async (
        endpoint: { method: string },
        { query, body }: { query?: { nonce: string }; body?: unknown },
      ) => {
        if (endpoint.method === "GET") return { signed: await signed(next, { nonce: query?.nonce }) };
        reports.push(body);
        return left.resolve();
      }) as UpgradeParts["link"]["call"],
    };
    const of = { place, stateDir: folder, gateway: gateway.url, version: "9.0.0" };
    const parts = { ...of, link, leave: left.resolve };
    return { upgrades: new Upgrades({ ...parts, say: (line) => (said += line) }), left: left.promise };
  };
  const first = made();
  first.upgrades.asked("upg_x");
  await first.left;
  rmSync(join(base, "versions", next.sha256), { recursive: true });
  expect(first.upgrades.takeOver()).toBe(replacedExit);
  expect([place.current(), place.isOnTrial]).toEqual([present.sha256, false]);
  const second = made();
  second.upgrades.heard();
  second.upgrades.asked("upg_x");
  await second.left;
  expect(reports).toMatchObject([{ id: "upg_x", outcome: "refused", sha256: present.sha256 }]);
  expect(JSON.stringify(reports)).toContain("could not be put in its place");
});

test("a damaged note of the upgrade keeps no version that came up from staying", () => {
  const base = join(folder, "installed");
  for (const one of ["a", "b"]) {
    mkdirSync(join(base, "versions", one, "app"), { recursive: true });
    writeFileSync(join(base, "versions", one, "app/runner.js"), "");
  }
  symlinkSync("versions/a", join(base, "current"));
  const place = new InstallPlace(base);
  place.putOnTrial("b", 9);
  writeFileSync(join(folder, "upgrade.json"), '{"id":');
  const link = { call: () => Promise.reject(new Error("nobody is told")) };
  const of = { place, stateDir: folder, gateway: gateway.url, version: "9.0.0" };
  const parts = { ...of, link, leave: () => undefined };
  new Upgrades({ ...parts, say: () => undefined }).heard();
  expect([place.current(), place.isOnTrial]).toEqual(["b", false]);
});

test("what is signed must be for this machine, and say what a runner needs", async () => {
  const some = packed("");
  const key = { kty: "OKP" as const, crv: "Ed25519" as const, x: "" };
  Object.assign(key, (gateway.config as { bundleKey?: object }).bundleKey);
  const read = (jws: string) =>
    readSigned(jws, key, {
      ...{ platform, node: "22.19.0", nonce: nonceAsked },
      ...{ version: "1.10.0", upgrade: "upg_1" },
    });
  expect((await read(await signed(some, { node: "22.19.0" }))).sha256).toBe(some.sha256);
  await expect(read(await signed(some, { platform: "plan9-x64" }))).rejects.toThrow("is for plan9-x64");
  await expect(read(await signed(some, { node: "22.20.0" }))).rejects.toThrow(
    "Node 22.20.0 or later is needed",
  );
  const older = { version: "1.9.0" };
  await expect(read(await signed(some, older))).rejects.toThrow(
    "1.9.0 is older than the 1.10.0 that it runs, and the upgrade does not allow that",
  );
  await expect(read(await signed(some, { ...older, downgrade: "upg_0" }))).rejects.toThrow("is older");
  expect((await read(await signed(some, { ...older, downgrade: "upg_1" }))).version).toBe("1.9.0");
  expect((await read(await signed(some, { version: "1.10.0" }))).version).toBe("1.10.0");
  await expect(read(await signed(some, { file: "../../etc" }))).rejects.toThrow(
    "does not describe an archive",
  );
  await expect(read(await signed(some, { for: "something else" }))).rejects.toThrow("does not describe");
});
