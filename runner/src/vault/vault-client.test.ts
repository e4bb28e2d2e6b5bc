import { afterEach, beforeEach, expect, test } from "vitest";
import { readRunnerConfig } from "../config.ts";
import { SecretSource, type WithSecrets } from "../secrets.ts";
import { VaultClient, type VaultConfig } from "./vault-client.ts";
import { VaultServer } from "./vault-server.suite.ts";

let vault: VaultServer;
let now = 0;
beforeEach(async () => {
  vault = await VaultServer.start();
  vault.now = () => now;
  vault.write("teams/billing", { password: "hunter2", value: "plain", pin: 1234 });
});
afterEach(() => vault.stop());

const configOf = (login: VaultConfig["login"], change: Partial<VaultConfig> = {}): VaultConfig => ({
  address: vault.url,
  mount: "secret",
  namespace: null,
  login,
  cacheMs: 30_000,
  ...change,
});
const byToken = (token: string): VaultConfig["login"] => ({ by: "token", token: async () => token });
const byRole = (): VaultConfig["login"] => ({
  by: "approle",
  roleId: vault.roleId,
  secretId: async () => vault.secretId,
});
const clientOf = (login: VaultConfig["login"], change: Partial<VaultConfig> = {}) =>
  new VaultClient(configOf(login, change), () => now);
const password = { path: "teams/billing", field: "password" };

test("a field is read with a token, once for all who ask within the cache's time, and anew after it", async () => {
  const client = clientOf(byToken(vault.token()));
  expect(await Promise.all([client.read(password), client.read({ ...password, field: "value" })])).toEqual([
    "hunter2",
    "plain",
  ]);
  expect(vault.asked).toEqual(["GET /v1/secret/data/teams/billing"]);
  vault.write("teams/billing", { password: "hunter3" });
  now += 29_000;
  expect(await client.read(password)).toBe("hunter2");
  now += 2000;
  expect(await client.read(password)).toBe("hunter3");
});

test("an AppRole signs in once, again before its lease ends, and when its token was revoked", async () => {
  vault.leaseSeconds = 100;
  const client = clientOf(byRole(), { cacheMs: 0 });
  const logins = () => vault.asked.filter((one) => one.startsWith("POST")).length;
  await client.read(password);
  await client.read(password);
  expect(logins()).toBe(1);
  now += 81_000;
  await client.read(password);
  expect(logins()).toBe(2);
  vault.revokeAll();
  expect(await client.read(password)).toBe("hunter2");
  expect(logins()).toBe(3);
});

test.each<[string, (server: VaultServer) => VaultClient, { path: string; field: string }, RegExp]>([
  [
    "a secret that is not there",
    (v) => clientOf(byToken(v.token())),
    { path: "gone", field: "value" },
    /no secret gone under secret\//,
  ],
  [
    "a field that is not there",
    (v) => clientOf(byToken(v.token())),
    { ...password, field: "x" },
    /has no field x/,
  ],
  [
    "a field of the prototype",
    (v) => clientOf(byToken(v.token())),
    { ...password, field: "constructor" },
    /has no field/,
  ],
  [
    "a field that is no text",
    (v) => clientOf(byToken(v.token())),
    { ...password, field: "pin" },
    /has no text/,
  ],
  [
    "a path that is not allowed",
    (v) => clientOf(byToken(v.token())),
    { path: "forbidden/x", field: "value" },
    /does not let this runner/,
  ],
  ["a token that is not known", () => clientOf(byToken("hvs.wrong")), password, /does not let this runner/],
  [
    "a wrong AppRole",
    () => clientOf({ by: "approle", roleId: "no", secretId: async () => "hunter2" }),
    password,
    /could not sign in.*400/,
  ],
  [
    "a file that cannot be read",
    () => clientOf({ by: "token", token: async () => Promise.reject(new Error("hunter2")) }),
    password,
    /PULSE_VAULT_TOKEN_FILE/,
  ],
  [
    "a Vault that is not there",
    () => clientOf(byToken("hvs.x"), { address: "http://127.0.0.1:9" }),
    password,
    /did not answer/,
  ],
])("%s is said in words that hold no value", async (_what, make, reference, words) => {
  const error: Error = await make(vault)
    .read(reference)
    .then(
      () => new Error("read"),
      (refused: Error) => refused,
    );
  expect(error).toMatchObject({ code: "secret_unavailable", message: expect.stringMatching(words) });
  expect(error.message + String(error.cause ?? "")).not.toContain("hunter2");
});

test("a sealed Vault is said to be so, and a fault is not kept", async () => {
  const client = clientOf(byToken(vault.token()));
  vault.isSealed = true;
  await expect(client.read(password)).rejects.toThrow("503 for teams/billing: it may be sealed");
  vault.isSealed = false;
  expect(await client.read(password)).toBe("hunter2");
});

const job = (secrets: Record<string, string>): WithSecrets => ({
  secrets: null,
  // Of a spec, only its settings are looked at.
  spec: { settings: { secrets } } as unknown as WithSecrets["spec"],
});

test("references in a function's settings become its secrets; a runner without a Vault refuses in words", async () => {
  const wanted = job({ PASSWORD: "vault:teams/billing#password", PLAIN: "vault:teams/billing" });
  const source = new SecretSource(() => [], configOf(byToken(vault.token())));
  expect(await source.of(wanted)).toEqual({ PASSWORD: "hunter2", PLAIN: "plain" });
  await expect(new SecretSource(() => [], null).of(wanted)).rejects.toMatchObject({
    code: "secret_unavailable",
    message: expect.stringMatching(/no Vault to read PASSWORD, PLAIN from/),
  });
});

test("what the gateway says is missing is the fault of the job", async () => {
  const source = new SecretSource(() => [], null);
  const faulty = { ...job({}), secretsFault: "the secret X is not set" };
  await expect(source.of(faulty)).rejects.toMatchObject({
    code: "secret_unavailable",
    message: "the secret X is not set",
  });
});

const base = { PULSE_GATEWAY: "http://localhost:8787" };

test.each([
  [{ PULSE_VAULT_TOKEN_FILE: "/x" }, /PULSE_VAULT_ADDR: is missing/],
  [{ PULSE_VAULT_ADDR: "http://vault:8200" }, /needs PULSE_VAULT_TOKEN_FILE/],
  [{ PULSE_VAULT_ADDR: "http://vault:8200", PULSE_VAULT_ROLE_ID: "r" }, /needs PULSE_VAULT_TOKEN_FILE/],
  [
    {
      PULSE_VAULT_ADDR: "http://vault:8200",
      PULSE_VAULT_ROLE_ID: "r",
      PULSE_VAULT_SECRET_ID_FILE: "/s",
      PULSE_VAULT_TOKEN_FILE: "/t",
    },
    /cannot go together/,
  ],
  [{ PULSE_VAULT_ADDR: "vault:8200", PULSE_VAULT_TOKEN_FILE: "/t" }, /PULSE_VAULT_ADDR/],
])("settings %j are refused", (given, words) => {
  expect(() => readRunnerConfig({ ...base, ...given }, [])).toThrow(words);
});

test("without settings there is no Vault", () => {
  expect(readRunnerConfig(base, []).vault).toBe(null);
  const given = { PULSE_VAULT_ADDR: "https://vault.example.test/", PULSE_VAULT_TOKEN_FILE: "/t" };
  expect(readRunnerConfig({ ...base, ...given }, []).vault).toMatchObject({
    address: "https://vault.example.test",
    mount: "secret",
  });
});
