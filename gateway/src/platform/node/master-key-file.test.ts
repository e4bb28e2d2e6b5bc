import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeParts, type Parts } from "../../runners/parts.suite.ts";
import { renewMasterKey, rewrapSome } from "../../secrets/rewrap.ts";
import { openSecrets, putSecret } from "../../secrets/vault.ts";
import { openMasterKeys } from "./master-key-file.ts";

let parts: Parts;
let dataDir: string;
beforeEach(async () => {
  parts = await makeParts();
  dataDir = mkdtempSync(join(tmpdir(), "pulse-master-key-"));
});
afterEach(() => {
  parts.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const path = () => join(dataDir, "master-key");
const lines = () => readFileSync(path(), "utf8").trim().split("\n");
const none = { masterKey: null, masterKeyFile: null, databaseUrl: null };
/** Starts over the same database and folder. */
async function start(config: { [K in keyof typeof none]?: string } = {}) {
  const masterKeys = await openMasterKeys({ ...none, ...config }, dataDir, parts.ports);
  return { ...parts.ports, masterKeys };
}
const secret = { project: "default", kind: "user" as const, name: "A" };
const read = async (ports: Parts["ports"]) =>
  (await openSecrets(ports, { project: "default", kind: "user", names: ["A"] })).values.get("A")?.value;

test("the first start makes a key that only its owner may read, and the next one finds it", async () => {
  const first = await start();
  expect(statSync(path()).mode & 0o777).toBe(0o600);
  await putSecret(first, secret, "kept");
  chmodSync(path(), 0o644);
  expect(await read(await start())).toBe("kept");
  expect(statSync(path()).mode & 0o777).toBe(0o600);
});

test("SC-01: without the key that sealed what is there it does not start, writes nothing, and names the key by its id", async () => {
  const first = await start();
  await putSecret(first, secret, "kept");
  const [line = ""] = lines();
  const [{ id } = { id: "" }] = await first.masterKeys.known();
  rmSync(path());
  await expect(start()).rejects.toMatchObject({
    code: "validation_failed",
    message: expect.stringContaining(id),
  });
  expect(existsSync(path())).toBe(false);
  const other = randomBytes(32).toString("base64");
  await expect(start({ masterKey: other })).rejects.toThrow(`${id} (1 secrets)`);
  writeFileSync(path(), `${other}\n`);
  const error: Error = await start().then(
    () => new Error("started"),
    (refused: Error) => refused,
  );
  expect(error.message).toContain(id);
  expect(error.message).not.toContain(other);
  expect(await read(await start({ masterKey: line }))).toBe("kept");
});

test("SC-01: a key that is none is refused, in the environment, in a file and in its own file", async () => {
  await expect(start({ masterKey: "changeme" })).rejects.toMatchObject({ code: "validation_failed" });
  await expect(start({ masterKeyFile: join(dataDir, "gone") })).rejects.toThrow(
    /PULSE_MASTER_KEY_FILE .*ENOENT/,
  );
  writeFileSync(path(), "torn");
  await expect(start()).rejects.toMatchObject({ code: "validation_failed" });
});

test("keys from a file that the operator keeps are read from there, and never written", async () => {
  const given = join(dataDir, "given");
  writeFileSync(given, `${randomBytes(32).toString("base64")}\n`);
  const ports = await start({ masterKeyFile: given });
  await putSecret(ports, secret, "kept");
  expect(ports.masterKeys.renew).toBe(undefined);
  expect(existsSync(path())).toBe(false);
});

test("SC-04: a new key seals from now on; broken off anywhere everything opens at the next start, and at the end the old key is gone", async () => {
  const names = Array.from({ length: 230 }, (_, i) => `S${i}`);
  let ports = await start();
  for (const name of names) await putSecret(ports, { ...secret, name }, `value of ${name}`);
  const [old = ""] = lines();
  await renewMasterKey(ports);
  expect(lines()).toHaveLength(2);
  expect(lines()[1]).toBe(old);
  await expect(renewMasterKey(ports)).rejects.toMatchObject({ code: "conflict" });
  const everythingOpens = async () => {
    const { values, faults } = await openSecrets(ports, { project: "default", kind: "user", names });
    expect([values.size, faults.size]).toEqual([names.length, 0]);
    expect(values.get("S7")?.value).toBe("value of S7");
  };
  for (let left = names.length; left > 0; ) {
    // Each step is followed by a start anew, as after a crash.
    ports = await start();
    left = (await rewrapSome(ports)).left;
    await everythingOpens();
  }
  expect(lines()).toHaveLength(1);
  expect(lines()[0]).not.toBe(old);
  ports = await start();
  await everythingOpens();
  await expect(start({ masterKey: old })).rejects.toMatchObject({ code: "validation_failed" });
});

test("where other gateways share the database, the key is not renewed by one of them", async () => {
  const ports = await start({ databaseUrl: "libsql://pulse.example.test" });
  expect(ports.masterKeys.renew).toBe(undefined);
});
